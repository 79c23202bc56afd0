"use strict";
(() => {
  const tools = document.getElementById("tools");
  if (!tools) return;
  const find = (id) => document.getElementById(id);
  const search = find("q"), told = find("told"), nothing = find("nothing");
  const filters = [...tools.querySelectorAll("select")];
  const groups = [...document.querySelectorAll(".group")].map((group) => ({
    group,
    rows: [...group.querySelectorAll(".row")],
    shown: group.querySelector(".shown"),
  }));
  const all = groups.reduce((sum, { rows }) => sum + rows.length, 0);
  const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const texts = new Map();
  const textOf = (row) => {
    if (!texts.has(row)) texts.set(row, plain(row.textContent));
    return texts.get(row);
  };
  const number = (count) => count.toLocaleString("en");

  const sift = () => {
    const words = plain(search.value).split(/\s+/).filter(Boolean);
    const chosen = filters.filter((one) => one.value !== "");
    const answers = (row) =>
      chosen.every((one) => ` ${row.dataset[one.dataset.filter] ?? ""} `.includes(` ${one.value} `)) &&
      words.every((word) => textOf(row).includes(word));
    let left = 0;
    for (const { group, rows, shown } of groups) {
      let here = 0;
      for (const row of rows) {
        const stays = answers(row);
        if (row.hidden === stays) row.hidden = !stays;
        here += stays;
      }
      group.hidden = here === 0;
      shown.hidden = here === rows.length;
      shown.textContent = `${number(here)} of ${number(rows.length)} shown`;
      left += here;
    }
    nothing.hidden = left > 0;
    told.textContent = `${number(left)} of ${number(all)} entries shown.`;
  };

  let waiting = 0;
  const soon = () => {
    clearTimeout(waiting);
    waiting = setTimeout(sift, 120);
  };
  const each = (open) => {
    for (const { rows } of groups)
      for (const row of rows) if (!row.hidden) row.firstElementChild.open = open;
  };
  search.addEventListener("input", soon);
  tools.addEventListener("change", sift);
  tools.addEventListener("submit", (event) => event.preventDefault());
  tools.addEventListener("reset", () => setTimeout(sift));
  find("open").addEventListener("click", () => each(true));
  find("shut").addEventListener("click", () => each(false));
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, select, textarea");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      search.focus();
    } else if (event.key === "Escape" && typing === search) {
      search.value = "";
      sift();
    }
  });
  tools.hidden = false;
  // A browser may have kept what was chosen before the page was loaded again.
  sift();
})();
