package shell

import "strings"

// hidden stands for what is left out.
const hidden = "********"

// WithoutSecrets is a line as it may be kept in a file or shown: credentials of headers, metainfo,
// fields and URLs are left out, and what may be one where the line is no call or command. The
// documents of requests stay as they are.
func WithoutSecrets(line string, host Host) string {
	m := masker{callFlags{host}}
	trimmed := strings.TrimSpace(line)
	if !strings.HasPrefix(trimmed, ":") {
		return m.line(line)
	}
	end := strings.IndexAny(trimmed, " \t\r\n")
	if end < 0 {
		return m.line(line)
	}
	name, rest := trimmed[1:end], strings.TrimSpace(trimmed[end:])
	shown := m.line(rest)
	switch c, _ := named(name); c.name {
	case "header":
		shown = m.header(rest)
	case "meta":
		shown = m.pair(rest)
	case "set":
		if at := strings.IndexAny(rest, " \t="); at >= 0 {
			if f := m.flag(strings.TrimLeft(rest[:at], "-")); f != nil {
				shown = rest[:at+1] + m.value(f, strings.TrimSpace(rest[at+1:]))
			}
		}
	case "time", "trace", "command":
		shown = WithoutSecrets(rest, host)
	case "last", "history":
		shown = m.loose(rest)
	}
	if shown == rest {
		return line
	}
	return ":" + name + " " + shown
}

// masker finds credentials in lines.
type masker struct{ callFlags }

// line is a call, or something like one.
func (m masker) line(line string) string {
	p := parser{input: line, takesValue: m.takes, line: &Line{}}
	var shown strings.Builder
	copied := 0
	var flag *Flag // whose value comes next
	for p.space(); p.at < len(line); p.space() {
		begin, words, documents := p.at, len(p.line.Words), len(p.line.Documents)
		err := p.part()
		isText := len(p.line.Documents) > documents && line[begin] == '"'
		if err != nil || isText || p.line.Filter != "" && !compiles(p.line.Filter) {
			return shown.String() + line[copied:begin] + m.loose(line[begin:])
		}
		if len(p.line.Words) == words {
			continue
		}
		word := p.line.Words[words].Text
		if flag == nil {
			if name := m.names(word, line[p.at:]); name != "" {
				return shown.String() + line[copied:begin] + name + " " + hidden
			}
		}
		if masked := m.masked(word, flag); masked != word {
			shown.WriteString(line[copied:begin] + Quote(masked))
			copied = p.at
		}
		next, _, _ := m.word(word)
		if flag != nil || !m.takes(word) {
			next = nil
		}
		flag = next
	}
	return shown.String() + line[copied:]
}

// names is the beginning of a word that says that a credential follows, with the sign that does;
// empty where none does. rest is what stands behind it.
func (m masker) names(word, rest string) string {
	rest = strings.TrimSpace(rest)
	f, _, _ := m.word(word)
	at := m.credential(word)
	switch {
	case f != nil:
		return ""
	case at >= 0 && (at < len(word) || rest != ""):
		return word[:at]
	case rest == "":
		return ""
	case strings.HasPrefix(word, "--") && m.isCredential(word[2:]), isScheme(word):
		return word
	case (rest[0] == ':' || rest[0] == '=') && m.isCredential(word):
		return word + " " + rest[:1]
	}
	return ""
}

func isScheme(word string) bool {
	return strings.EqualFold(word, "bearer") || strings.EqualFold(word, "basic")
}

// masked is a word that is a flag with a value, or the value of a flag.
func (m masker) masked(word string, flag *Flag) string {
	if flag != nil {
		return m.value(flag, word)
	}
	if f, before, value := m.word(word); f != nil && value != "" {
		return before + m.value(f, value)
	}
	return withoutUser(word)
}

// value is that of a flag.
func (m masker) value(f *Flag, value string) string {
	switch f.Name {
	case "header", "rpc-header", "reflect-header":
		return m.header(value)
	case "meta", "persist", "base", "field":
		return m.pair(value)
	case "header-command":
		return hidden
	}
	return withoutUser(value)
}

// header is NAME: VALUE.
func (m masker) header(header string) string {
	if name, _, found := strings.Cut(header, ":"); found && m.isCredential(name) {
		return m.host.Masked(header)
	}
	return m.loose(header)
}

// pair is KEY=VALUE.
func (m masker) pair(pair string) string {
	key, value, found := strings.Cut(pair, "=")
	switch {
	case !found:
		return m.loose(pair)
	case m.isCredential(key) && value != "":
		return key + "=" + hidden
	}
	return withoutUser(pair)
}

func (m masker) isCredential(name string) bool {
	header := strings.TrimSpace(name) + ": x"
	return m.host.Masked(header) != header
}

// loose is a text of which nothing is known: it ends where a credential may begin.
func (m masker) loose(text string) string {
	at := m.credential(text)
	if at < 0 {
		at = len(text)
	}
	for i, word := range fieldsOf(text) {
		f, _, _ := m.word(word)
		sensitive := f != nil && f.Value != "" && m.value(f, "authorization: x") != "authorization: x" ||
			f != nil && f.Value != "" && m.value(f, "authorization=x") != "authorization=x"
		unknown := f == nil && strings.HasPrefix(word, "--") && m.isCredential(word[2:])
		if sensitive || unknown || isScheme(word) {
			at = min(at, i+len(word))
		}
	}
	text, rest := text[:at], text[at:]
	if strings.TrimSpace(rest) != "" {
		text += " " + hidden
	}
	return withoutUser(text)
}

// fieldsOf are the words of a text by where they begin, whatever quotes there are.
func fieldsOf(text string) map[int]string {
	words, begin := map[int]string{}, -1
	for i := 0; i <= len(text); i++ {
		switch blank := i == len(text) || isSpace(text[i]) || text[i] == '"' || text[i] == '\''; {
		case blank && begin >= 0:
			words[begin], begin = text[begin:i], -1
		case !blank && begin < 0:
			begin = i
		}
	}
	return words
}

// credential finds the name of a credential before ":" or "=", and is where that ends; -1 where
// there is none.
func (m masker) credential(text string) int {
	for i := 0; i < len(text); i++ {
		if text[i] != ':' && text[i] != '=' {
			continue
		}
		name := strings.TrimRight(text[:i], " \t\r\n\"'\\")
		name = name[strings.LastIndexAny(name, " \t\r\n\"'\\{[(,;:=")+1:]
		if name != "" && m.isCredential(name) {
			return i + 1
		}
	}
	return -1
}

// withoutUser is a text with the passwords of URLs left out.
func withoutUser(text string) string {
	for from := 0; ; {
		at := strings.Index(text[from:], "://")
		if at < 0 {
			return text
		}
		from += at + len("://")
		end := from
		for end < len(text) && !isSpace(text[end]) && text[end] != '"' && text[end] != '\'' {
			end++
		}
		user := strings.LastIndexByte(text[from:end], '@')
		if user < 0 {
			continue
		}
		if name, password, found := strings.Cut(text[from:from+user], ":"); found && password != "" {
			text = text[:from] + name + ":" + hidden + text[from+user:]
		}
	}
}
