export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

/**
 * What a shell loads. The program itself says what may stand at the cursor: a line for each word, and behind a tab what it means; so a
 * script does not age with the program, and knows the sessions.
 */
export const SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: `# agent-sessions: completion for bash. Load it with: source <(agent-sessions completion bash)
_agent_sessions() {
  local IFS=$'\\n' line piece between rest=$COMP_LINE current=\${COMP_WORDS[COMP_CWORD]}
  local -a words=()
  # Bash splits words at : and = too; pieces that no blank parts are one word.
  for piece in "\${COMP_WORDS[@]:0:COMP_CWORD+1}"; do
    between=\${rest%%"$piece"*}
    [[ -n $piece ]] || between=$rest
    rest=\${rest#*"$piece"}
    if [[ \${#words[@]} -gt 0 && -z $between ]]; then
      words[\${#words[@]}-1]+=$piece
    else
      words+=("$piece")
    fi
  done
  # Only the last piece is replaced, and nothing of it where it is what parts it from the others.
  [[ $current =~ ^[:=@]+$ ]] && current=
  local head=\${words[\${#words[@]}-1]%"$current"}
  COMPREPLY=()
  while read -r line; do
    line=\${line%%$'\\t'*}
    COMPREPLY+=("\${line#"$head"}")
  done < <(agent-sessions __complete -- "\${words[@]:1}" 2>/dev/null)
  # Nothing of its own to say: file names.
  if [[ \${#COMPREPLY[@]} -eq 0 ]]; then
    compopt -o filenames 2>/dev/null
    COMPREPLY=($(compgen -f -- "$current"))
  else
    # What needs it is quoted for the command line.
    local at
    for at in "\${!COMPREPLY[@]}"; do printf -v "COMPREPLY[$at]" %q "\${COMPREPLY[$at]}"; done
  fi
}
complete -F _agent_sessions agent-sessions
`,
  zsh: `#compdef agent-sessions
# agent-sessions: completion for zsh. Load it with: source <(agent-sessions completion zsh)
_agent_sessions() {
  local line
  local -a values descriptions
  for line in "\${(@f)$(agent-sessions __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    [[ -n $line ]] || continue
    values+=("\${line%%$'\\t'*}")
    descriptions+=("\${line/$'\\t'/  -- }")
  done
  if (( \${#values} )); then
    compadd -l -d descriptions -a values
  else
    _files
  fi
}
if [[ \${funcstack[1]} == _agent_sessions ]]; then
  _agent_sessions "$@"
else
  compdef _agent_sessions agent-sessions
fi
`,
  fish: `# agent-sessions: completion for fish. Load it with: agent-sessions completion fish | source
function __agent_sessions_complete
    set -l words (commandline -opc) (commandline -ct)
    agent-sessions __complete -- $words[2..-1] 2>/dev/null
end
complete -c agent-sessions -f -n '__agent_sessions_complete | string length -q' -a '(__agent_sessions_complete)'
`,
};
