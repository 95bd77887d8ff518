/** Tabs by the usual pattern: one of them takes the Tab key, arrows go round. The open one is in the address. */

const STEPS = { ArrowRight: 1, ArrowLeft: -1 };

/**
 * Wire the tabs of `list` and open the one that the address names, else the first. A tab's `data-hash` is its name
 * there; without one it is the page's plain address. `opened(tab)` runs after each change.
 */
export function wireTabs(list, opened) {
  const tabs = [...list.querySelectorAll('[role="tab"]')];
  const usable = () => tabs.filter((tab) => !tab.hidden);

  function open(chosen) {
    for (const tab of tabs) {
      const on = tab === chosen;
      tab.setAttribute("aria-selected", String(on));
      tab.tabIndex = on ? 0 : -1;
      panelOf(tab).hidden = !on;
    }
    opened(chosen);
  }

  function choose(tab) {
    const { pathname, search } = window.location;
    const hash = tab.dataset.hash ? `#${tab.dataset.hash}` : "";
    history.replaceState(null, "", `${pathname}${search}${hash}`);
    open(tab);
  }

  list.addEventListener("click", (event) => {
    const tab = event.target.closest('[role="tab"]');
    if (tab) choose(tab);
  });
  list.addEventListener("keydown", (event) => {
    const next = neighbour(usable(), event);
    if (!next) return;
    event.preventDefault();
    choose(next);
    next.focus();
  });
  const follow = () => open(named(usable()) ?? tabs[0]);
  window.addEventListener("hashchange", follow);
  follow();
}

function panelOf(tab) {
  return document.getElementById(tab.getAttribute("aria-controls"));
}

/** The tab that a key goes to from the one that has the keyboard; nothing for other keys. */
function neighbour(tabs, { key, target, altKey, ctrlKey, metaKey }) {
  if (altKey || ctrlKey || metaKey) return null;
  if (key === "Home") return tabs[0];
  if (key === "End") return tabs.at(-1);
  if (!(key in STEPS)) return null;
  return tabs[(tabs.indexOf(target) + STEPS[key] + tabs.length) % tabs.length];
}

/** The tab that the address names, by its own name or by something on its panel. */
function named(tabs) {
  const hash = window.location.hash.slice(1);
  if (!hash) return null;
  const place = document.getElementById(hash);
  return tabs.find((tab) => tab.dataset.hash === hash || panelOf(tab).contains(place));
}
