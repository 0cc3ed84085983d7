package shell

import (
	"context"
	"slices"
	"strings"
	"unicode"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/shell/editor"
)

type candidate = editor.Candidate

// complete is what may stand at the cursor of a line.
func (s *Shell) complete(text string, cursor int) editor.Completion {
	before := text[:cursor]
	if trimmed := strings.TrimLeft(before, " \t\n"); strings.HasPrefix(trimmed, ":") {
		return s.completeCommand(before, len(before)-len(trimmed)+1)
	}
	return s.completeCall(text, cursor, 0)
}

// completeCommand offers commands, and what they take.
func (s *Shell) completeCommand(before string, at int) editor.Completion {
	name, rest, hasRest := strings.Cut(before[at:], " ")
	if !hasRest {
		return beginning(at, name, s.commandWords(""))
	}
	c, _ := named(name)
	switch last := strings.LastIndexByte(before, ' ') + 1; {
	case c.name == "time" || c.name == "trace" || c.name == "command":
		return s.completeCall(before, len(before), at+len(name)+1)
	case c.name == "save":
		return files(before, last)
	case c.name == "set" && strings.Contains(rest, " "):
		return s.completeValue(before, last, rest[:strings.IndexByte(rest, ' ')], &Line{})
	case c.words != nil && !strings.Contains(rest, " "):
		return beginning(len(before)-len(rest), rest, c.words(s, rest))
	}
	return editor.Completion{}
}

// beginning are those that begin with what is typed; where there are none, those that do so but for
// capitals, those of which a word does, and those that have it anywhere.
func beginning(from int, typed string, all []candidate) editor.Completion {
	c := editor.Completion{From: from}
	lower := strings.ToLower(typed)
	for _, is := range []func(text string) bool{
		func(text string) bool { return strings.HasPrefix(text, typed) },
		func(text string) bool { return strings.HasPrefix(strings.ToLower(text), lower) },
		func(text string) bool { return beginsWord(text, typed) },
		func(text string) bool { return strings.Contains(strings.ToLower(text), lower) },
	} {
		for _, one := range all {
			if is(one.Text) {
				c.Candidates = append(c.Candidates, one)
			}
		}
		if len(c.Candidates) > 0 {
			break
		}
	}
	return c
}

// beginsWord reports whether one of the words of a name, as their capitals and joints tell, begins
// with what is typed.
func beginsWord(name, typed string) bool {
	for i, r := range name {
		joint := i > 0 && strings.IndexByte("./_-", name[i-1]) >= 0
		if (joint || unicode.IsUpper(r)) && len(name)-i >= len(typed) && strings.EqualFold(name[i:i+len(typed)], typed) {
			return true
		}
	}
	return false
}

// completeCall offers what a call may have at the cursor. It begins at a byte of the text.
func (s *Shell) completeCall(text string, cursor, begin int) editor.Completion {
	p := s.parsed(text[begin:cursor])
	line := p.line
	last := begin + p.at // where begins what has not been taken apart
	switch {
	case p.line.Filter != "" || strings.HasPrefix(text[last:cursor], "|"):
		return editor.Completion{Message: "a jq expression: . is the reply, $last the one before"}
	case p.file:
		return files(text[:cursor], last)
	case p.document:
		if len(line.Words) == 0 {
			return editor.Completion{Message: "a line begins with a method"}
		}
		return s.completeDocument(s.known(line), text, last, cursor)
	}
	typed := text[last:cursor]
	switch {
	case len(line.Words) == 0:
		return beginning(last, typed, s.methodWords(typed))
	case strings.HasPrefix(typed, "?"):
		return editor.Completion{}
	case p.flag:
		return s.completeValue(text[:cursor], last, line.Words[len(line.Words)-1].Text, line)
	case strings.HasPrefix(typed, "-"):
		return beginning(last, typed, s.flagWords())
	}
	offered := editor.Completion{From: last}
	if m := s.known(line); m != nil && len(line.Documents) == 0 {
		offered = s.completeDocument(m, text, last, cursor)
	}
	if typed == "" {
		offered.Candidates = append(offered.Candidates,
			candidate{Text: "? ", Note: "ask for each field", Group: "or"},
			candidate{Text: "-", Note: "flags of call", Group: "or"},
			candidate{Text: "| ", Note: "what jq makes of replies", Group: "or"},
			candidate{Text: "< ", Note: "requests from a file", Group: "or"},
			candidate{Text: "> ", Note: "replies to a file", Group: "or"})
	}
	return offered
}

// begun is a line up to the cursor: whole parts, and where the one begins that is at the cursor.
type begun struct {
	line     *Line
	at       int
	flag     bool // a flag before it wants a value
	document bool // it is a document
	file     bool // it is the file of a redirection
}

// parsed takes apart what stands before the cursor.
func (s *Shell) parsed(text string) begun {
	p := parser{input: text, takesValue: s.takesValue, line: &Line{}}
	for {
		p.space()
		before := p
		line := *p.line
		if p.at == len(text) {
			return begun{line: p.line, at: p.at, flag: p.flag}
		}
		err := p.part()
		if err == nil && p.at < len(text) {
			continue
		}
		of := begun{line: &line, at: before.at, flag: before.flag}
		switch c := text[before.at]; {
		case before.flag:
		case beginsDocument(c):
			of.document = true
		case c == '<' || c == '>':
			of.file = true
			for of.at < len(text) && strings.IndexByte("<> ", text[of.at]) >= 0 {
				of.at++
			}
		case c == '|':
			of.line = p.line
		}
		return of
	}
}

// known is the method that a line names, nil where there is none.
func (s *Shell) known(line *Line) *idl.Method {
	ctx, cancel := context.WithTimeout(context.Background(), lookTime)
	defer cancel()
	return s.names.method(ctx, s.methodName(line))
}

// methodName is the first word that is neither a flag nor the value of one, with the service that is
// in use; empty where there is none.
func (s *Shell) methodName(line *Line) string {
	for i, w := range line.Words {
		if !strings.HasPrefix(w.Text, "-") && (i == 0 || !s.takesValue(line.Words[i-1].Text)) {
			return s.qualified(w.Text)
		}
	}
	return ""
}

// qualified is a method with the service that is in use.
func (s *Shell) qualified(method string) string {
	if service := s.settings.Last("service"); service != "" && !strings.ContainsAny(method, "/.") {
		return service + "/" + method
	}
	return method
}

// methodWords are the methods, by the shortest names that mean them, or by those that begin as what
// is typed.
func (s *Shell) methodWords(typed string) []candidate {
	ctx, cancel := context.WithTimeout(context.Background(), lookTime)
	defer cancel()
	services := s.names.all(ctx)
	count := map[string]int{}
	services = slices.DeleteFunc(slices.Clone(services), func(service string) bool {
		return strings.HasPrefix(service, "grpc.reflection.") && !strings.HasPrefix(typed, "grpc")
	})
	for _, service := range services {
		for _, m := range s.names.methods[service] {
			count[m.Name]++
		}
	}
	used := s.settings.Last("service")
	var list []candidate
	for _, service := range services {
		for _, m := range s.names.methods[service] {
			name, short, full := m.Name, lastPart(service)+"/"+m.Name, m.FullName()
			switch {
			case strings.HasPrefix(name, typed) && (count[m.Name] == 1 || service == used):
			case strings.HasPrefix(short, typed):
				name = short
			case strings.HasPrefix(full, typed):
				name = full
			case count[m.Name] > 1 && service != used:
				name = short
			}
			list = append(list, candidate{Text: name + " ", Note: s.names.note(ctx, m), Group: service})
		}
	}
	return list
}

func (s *Shell) serviceWords(string) []candidate {
	ctx, cancel := context.WithTimeout(context.Background(), lookTime)
	defer cancel()
	var list []candidate
	for _, service := range s.names.all(ctx) {
		list = append(list, candidate{Text: service})
	}
	return list
}

// symbolWords are services, their methods, and the messages of these.
func (s *Shell) symbolWords(string) []candidate {
	ctx, cancel := context.WithTimeout(context.Background(), lookTime)
	defer cancel()
	list := s.serviceWords("")
	seen := map[string]bool{}
	for _, service := range s.names.services {
		for _, m := range s.names.methods[service] {
			list = append(list, candidate{Text: m.FullName(), Note: s.names.note(ctx, m)})
			for _, message := range []string{m.Input, m.Output} {
				if message != "" && !seen[message] && !strings.HasSuffix(message, "_args") && !strings.HasSuffix(message, "_result") {
					seen[message] = true
					list = append(list, candidate{Text: message})
				}
			}
		}
	}
	return list
}

func (s *Shell) commandWords(string) []candidate {
	var list []candidate
	for _, c := range commands() {
		text := c.name
		if c.args != "" {
			text += " "
		}
		list = append(list, candidate{Text: text, Shown: ":" + strings.TrimSpace(c.name+" "+c.args), Note: c.about})
	}
	return list
}

func (s *Shell) headerWords(string) []candidate {
	var list []candidate
	for _, h := range s.settings.All("header") {
		list = append(list, candidate{Text: headerName(h)})
	}
	return list
}

func (s *Shell) keyWords(string) []candidate {
	return []candidate{{Text: editor.Emacs}, {Text: editor.Vi}}
}
