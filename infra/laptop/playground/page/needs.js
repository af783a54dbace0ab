// Conditions under which a parameter has an effect, as origin_lambda/url/needs.py describes them.

function isMet(atom, values) {
  const [name, words] = atom.split("=");
  const text = values.get(name);
  return text !== undefined && (!words || text.split(/[,_]/).some((word) => words.split(",").includes(word)));
}

const isAtomMet = (atom, values) => (atom[0] === "!" ? !isMet(atom.slice(1), values) : isMet(atom, values));

const isClauseMet = (clause, values) => clause.split("|").some((atom) => isAtomMet(atom, values));

/** Returns the first clause that does not hold; undefined if the parameter has an effect. */
export const findUnmet = (row, values) => row.needs.find((clause) => !isClauseMet(clause, values));

/** Returns a clause in words: "fit=crop or fit=min", "no fm=json". */
export function describeClause(clause) {
  const atoms = clause.split("|").map((atom) => {
    const [name, words] = atom.replace("!", "").split("=");
    const named = words ? words.split(",").map((word) => `\`${name}=${word}\``) : [`\`${name}\``];
    return atom[0] === "!" ? `without ${named.join(", ")}` : `with ${joinFew(named)}`;
  });
  return joinFew(atoms);
}

function joinFew(texts) {
  const most = 3;
  const few = texts.length > most ? [...texts.slice(0, most - 1), "others"] : texts;
  return few.length < 2 ? few.join("") : `${few.slice(0, -1).join(", ")} or ${few.at(-1)}`;
}
