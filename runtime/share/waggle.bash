# bash completion for waggle: options and commands as `waggle --help` has them,
# probes as `waggle -l` finds them.

# The options, or the commands, of waggle's help, one a line.
_waggle_help() { # PROGRAM Options|Commands
	local line part='' word IFS=$' \t\n'
	while IFS= read -r line; do
		case $line in
		[!\ ]*) part=${line%:} ;;
		'  '*)
			[ "$part" = "$2" ] || continue
			for word in $line; do
				[[ $2 = Commands || $word == -* ]] || break
				printf '%s\n' "${word%,}"
				[[ $word == *, ]] || break
			done
			;;
		esac
	done < <("$1" --help 2>/dev/null)
}

# What an option takes: "a|b|c", a name such as FILE, or nothing.
_waggle_value() { # PROGRAM OPTION
	local line
	while IFS= read -r line; do
		[[ $line =~ ^\ \ (-[^\ ],\ )?${2}(,\ --[^\ ]+)?\ ([^\ ]+) ]] ||
			continue
		printf '%s\n' "${BASH_REMATCH[3]}"
		return
	done < <("$1" --help 2>/dev/null)
}

# Probes that begin so.  Providers first: all there are is too much.
_waggle_probes() { # PROGRAM PREFIX
	local pattern="$2*" probe IFS=$' \t\n'
	case $2 in
	*:*:*) ;;
	tracepoint:*) pattern="$2*:*" ;;
	uprobe:* | uretprobe:* | ucall:* | usdt:*)
		compgen -f -P "${2%%:*}:" -- "${2#*:}"
		return
		;;
	*:*) ;;
	*)
		for probe in @PROVIDERS@; do
			[[ $probe == "$2"* ]] && printf '%s:\n' "$probe"
		done
		return
		;;
	esac
	# The kernel's own functions need no module, unless it was begun.
	"$1" -l "$pattern" 2>/dev/null | awk -v begun="$2" '
		!index(begun, ":vmlinux") { sub(/:vmlinux:/, ":") }
		index($0, begun) == 1'
}

_waggle_files() { # PREFIX [GLOB]
	if [ "${2-}" ]; then
		compgen -d -- "$1"
		compgen -f -X "!$2" -- "$1"
	else
		compgen -f -- "$1"
	fi
}

_waggle() {
	local line=${COMP_LINE:0:COMP_POINT} cur prev before quoted='' value i
	local IFS=$' \t\n' found=()
	cur=${line##*[[:space:]]}
	before=${line%"$cur"}
	read -r -a i <<<"$before"
	prev=${i[${#i[@]} - 1]}
	case $cur in
	[\'\"]*) quoted=1 cur=${cur#?} ;;
	esac

	IFS=$'\n'
	value=''
	[[ $prev == -* ]] && value=$(_waggle_value "$1" "$prev")
	# -l takes its pattern from anywhere behind it
	if [ "$prev" = -l ] || [ "$prev" = -lv ] || [ "${#i[@]}:$prev" = 2:list ] ||
		{ [ "$prev" = -e ] && [ "$quoted" ]; }; then
		mapfile -t found < <(_waggle_probes "$1" "$cur")
	elif [[ $value == *'|'* ]]; then
		mapfile -t found < <(compgen -W "${value//|/$'\n'}" -- "$cur")
	elif [ "$value" = PID ]; then
		mapfile -t found < <(cd /proc && compgen -G "${cur}*" |
			grep -x '[0-9]*')
	elif [ "$value" = CMD ] || [ "$value" = PROG ]; then
		mapfile -t found < <(compgen -c -- "$cur")
	elif [ "$value" ]; then
		mapfile -t found < <(_waggle_files "$cur")
		compopt -o filenames 2>/dev/null
	elif [[ $cur == -* ]]; then
		mapfile -t found < <(compgen -W \
			"$(_waggle_help "$1" Options)" -- "$cur")
	else
		mapfile -t found < <(_waggle_files "$cur" '*.bt')
		compopt -o filenames 2>/dev/null
		[ ${#i[@]} = 1 ] && mapfile -t -O ${#found[@]} found < <(
			compgen -W "$(_waggle_help "$1" Commands)" -- "$cur")
	fi

	# Outside of quotes a ':' ends a word, and only the rest is completed.
	value=''
	[[ $cur == *:* && -z $quoted && $COMP_WORDBREAKS == *:* ]] &&
		value=${cur%"${cur##*:}"}
	COMPREPLY=("${found[@]#"$value"}")
	[[ ${found[0]} == *: ]] && compopt -o nospace 2>/dev/null
	return 0
}

complete -F _waggle waggle
