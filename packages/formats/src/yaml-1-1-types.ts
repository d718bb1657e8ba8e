const BOOLEAN = /^(?:yes|no|true|false|on|off)$/i;
const OF_ONE_CASE = /^(?:[A-Z]?[a-z]*|[A-Z]+)$/;
const INTEGER = /^[-+]?(?:0b[01_]+|0x[0-9a-fA-F_]+|0[0-7_]+|0|[1-9][0-9_]*|[1-9][0-9_]*(?::[0-5]?[0-9])+)$/;
const FLOAT =
  /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;
const TIMESTAMP =
  /^(?:\d{4}-\d\d-\d\d|\d{4}-\d\d?-\d\d?(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d\d?(?::\d\d)?))?)$/;
const NULL = /^(?:~|null|Null|NULL|)$/;
const OTHER = /^(?:<<|=)$/;

/**
 * Whether a plain scalar is something else than a text to PyYAML: a boolean, number, date, null, merge or default key.
 *
 * @see https://yaml.org/type/ for the types of YAML 1.1; PyYAML leaves out `y` and `n`
 */
export function isTypedScalar(text: string): boolean {
  return (
    (BOOLEAN.test(text) && OF_ONE_CASE.test(text)) ||
    [INTEGER, FLOAT, TIMESTAMP, NULL, OTHER].some((pattern) => pattern.test(text))
  );
}
