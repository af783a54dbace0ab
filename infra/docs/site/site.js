// The theme lets wide tables scroll: let them scroll by keyboard, too.
document$.subscribe(() => {
  requestAnimationFrame(() => {
    for (const area of document.querySelectorAll(".md-typeset__scrollwrap")) area.tabIndex = 0;
  });
});
