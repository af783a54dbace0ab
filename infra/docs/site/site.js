// The theme lets wide tables scroll, and adds buttons to code: here they get what a keyboard and a
// screen reader need.
const adapt = () => {
  for (const area of document.querySelectorAll(".md-typeset__scrollwrap")) area.tabIndex = 0;
  for (const buttons of document.querySelectorAll(".md-code__nav")) buttons.role = "none";
};
new MutationObserver(adapt).observe(document.body, { childList: true, subtree: true });
adapt();
