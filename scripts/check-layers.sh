#!/bin/sh
# Fails when a file includes a folder, or a guarded external header, that
# scripts/layers.txt does not grant to it.  Run from the top of the tree.
set -eu

find common broker -type f \( -name '*.[ch]' -o -name '*.def' -o -name '*.inc' -o \
	-name '*.re' -o -name '*.y' \) -exec grep -nH '^[[:space:]]*#[[:space:]]*include ["<]' {} + |
awk '
BEGIN {
	while ((getline line < "scripts/layers.txt") > 0) {
		if (line ~ /^#/ || line !~ /:/)
			continue
		split(line, half, " *: *")
		if (half[1] ~ /\.[a-z]+$/)
			file_row[half[1]] = to_regex(half[1])
		else
			layer[half[1]] = 1
		n = split(half[2], word, " ")
		for (i = 1; i <= n; i++) {
			grant[half[1], word[i]] = 1
			if (word[i] ~ /^</)
				guarded[word[i]] = 1
		}
	}
}
function to_regex(glob) {
	gsub(/\./, "[.]", glob)
	gsub(/\*/, "[^/]*", glob)
	return "^" glob "$"
}
function layer_of(path) {
	while (path ~ "/") {
		sub("/[^/]*$", "", path)
		if (path in layer)
			return path
	}
	return ""
}
function granted(file, from, to, row) {
	if ((from, to) in grant)
		return 1
	for (row in file_row)
		if (file ~ file_row[row] && (row, to) in grant)
			return 1
	return 0
}
{
	split($0, part, ":")
	file = part[1]
	from = layer_of(file)
	if (from == "")			# broker/main.c and broker/broker.c see everything
		next
	target = $0
	sub(/^[^"<]*/, "", target)
	if (target ~ /^</) {
		sub(/>.*/, ">", target)
		if (!(target in guarded))
			next
		to = target
	} else {
		sub(/^"/, "", target)
		sub(/".*/, "", target)
		to = layer_of(target)
		if (to == "")
			to = target
	}
	if (to == from || granted(file, from, to))
		next
	printf "%s:%s: %s may not include %s\n", file, part[2], from, to
	bad = 1
}
END { exit bad }'
