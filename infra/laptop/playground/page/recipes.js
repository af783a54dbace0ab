// The buttons that copy a recipe's code.
import { copy } from "./dom.js";

for (const button of document.querySelectorAll("[data-recipe]")) {
  const code = document.querySelector(`#${button.dataset.recipe} .source code`);
  button.addEventListener("click", () => copy(code.textContent));
}
