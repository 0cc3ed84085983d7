package shell

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/idlcall/idlcall/pkg/idl"
)

// command is what begins with a colon.
type command struct {
	name, short string
	args        string
	about       string
	run         func(s *Shell, ctx context.Context, rest string) error
	// words are what Tab offers behind it; nil offers nothing.
	words func(s *Shell, typed string) []candidate
}

// commands are all of them, in the order of help. The first whose name begins with what is typed
// is meant.
func commands() []command {
	return []command{
		{"list", "l", "[SERVICE]", "services, or the methods of one", (*Shell).list, (*Shell).serviceWords},
		{"describe", "d", "NAME", "a service, method, type or enum as IDL", (*Shell).describe, (*Shell).symbolWords},
		{"template", "t", "METHOD", "a request with every field, to be edited", (*Shell).template, (*Shell).methodWords},
		{"use", "u", "[SERVICE]", "look for bare method names in one service", (*Shell).use, (*Shell).serviceWords},
		{"header", "h", "NAME: VALUE", "send a header with each call", (*Shell).header, nil},
		{"headers", "hs", "", "show the headers", (*Shell).headers, nil},
		{"unheader", "uh", "[NAME]", "forget a header, or all", (*Shell).unheader, (*Shell).headerWords},
		{"meta", "m", "[KEY=VALUE]", "send Kitex metainfo with each call; without KEY show it, KEY= forgets it", (*Shell).meta, nil},
		{"timeout", "to", "[TIME|off]", "time for each call; without TIME show it", (*Shell).timeout, nil},
		{"set", "s", "[FLAG [VALUE]]", "let a flag of call hold for each call; without FLAG show what holds", (*Shell).set, (*Shell).settingWords},
		{"unset", "us", "FLAG", "undo :set", (*Shell).unset, (*Shell).setWords},
		{"last", "la", "[| EXPR]", "the last reply, which expressions and requests have as $last", (*Shell).showLast, nil},
		{"repeat", "r", "[N]", "make the last call again, or N times", (*Shell).repeat, nil},
		{"time", "ti", "[LINE]", "say how long each call takes, or this one", (*Shell).time, nil},
		{"trace", "tr", "[on|frames|off] [LINE]", "show headers, sizes and timings of each call, or of this one", (*Shell).trace, nil},
		{"history", "hi", "[TEXT]", "earlier lines, or those that have a text", (*Shell).history, nil},
		{"save", "sa", "FILE", "this session's calls as a suite for 'idlcall test'", (*Shell).save, nil},
		{"command", "c", "[LINE]", "a line, or the last one, as a command for other shells", (*Shell).commandLine, nil},
		{"reload", "re", "", "read the IDL again, and connect anew", (*Shell).reload, nil},
		{"keys", "k", "emacs|vi", "whose keys edit", (*Shell).keys, (*Shell).keyWords},
		{"help", "?", "[COMMAND]", "this list", (*Shell).help, (*Shell).commandWords},
		{"quit", "q", "", "leave, as Ctrl-D does", (*Shell).leave, nil},
	}
}

// command runs a line that begins with a colon.
func (s *Shell) command(ctx context.Context, line *Line) error {
	if c, ok := named(line.Command); ok {
		return c.run(s, ctx, line.Rest)
	}
	return unknown(line.Command)
}

// named is the command of a name, of its short form, or of the beginning of its name.
func named(name string) (command, bool) {
	switch name {
	case "":
		name = "help"
	case "exit", "bye":
		name = "quit"
	}
	all := commands()
	for _, is := range []func(command) bool{
		func(c command) bool { return c.name == name || c.short == name },
		func(c command) bool { return strings.HasPrefix(c.name, name) },
	} {
		if i := slices.IndexFunc(all, is); i >= 0 {
			return all[i], true
		}
	}
	return command{}, false
}

func unknown(name string) error {
	err := usage("unknown command :%s", name)
	err.Hint = "':help' lists the commands"
	var names []string
	for _, c := range commands() {
		names = append(names, c.name)
	}
	if near := idl.Nearest(name, names); len(near) > 0 {
		err.Hint = fmt.Sprintf("did you mean ':%s'?", near[0])
	}
	return err
}

// words are those of a command, as a shell has them; a mistake in quotes leaves them as they
// are.
func words(rest string) []string {
	line, err := Parse(rest, func(string) bool { return false })
	if err != nil || line.Filter != "" || len(line.Documents) > 0 {
		return strings.Fields(rest)
	}
	list := make([]string, len(line.Words))
	for i, w := range line.Words {
		list[i] = w.Text
	}
	return list
}

func (s *Shell) list(ctx context.Context, rest string) error {
	return s.run(ctx, "list", words(rest), &Control{})
}

func (s *Shell) describe(ctx context.Context, rest string) error {
	return s.run(ctx, "describe", words(rest), &Control{})
}

func (s *Shell) use(ctx context.Context, rest string) error {
	if rest == "" {
		s.drop("service")
		return nil
	}
	service, err := s.names.service(ctx, rest)
	if err != nil {
		return err
	}
	return s.put("service", service, false)
}

// put lets a setting hold.
func (s *Shell) put(name, value string, added bool) error {
	if err := s.Host.Check(s.settings, name, value); err != nil {
		return err
	}
	s.settings = s.settings.With(name, value, added)
	s.changed(name)
	return nil
}

// drop undoes a setting.
func (s *Shell) drop(name string) {
	s.settings = s.settings.Without(name)
	s.changed(name)
}

// changed says that a setting is another.
func (s *Shell) changed(name string) {
	s.names.forget(name)
	if name == "color" {
		s.palette = s.Host.Style(s.settings).Palette
	}
}

func (s *Shell) header(ctx context.Context, rest string) error {
	if rest == "" {
		return s.headers(ctx, "")
	}
	if err := s.Host.Check(s.settings, "header", rest); err != nil {
		return err
	}
	if !strings.HasPrefix(rest, "@") {
		s.dropHeader(headerName(rest))
	}
	return s.put("header", rest, true)
}

// dropHeader forgets a header, and reports whether there was one.
func (s *Shell) dropHeader(name string) bool {
	before := len(s.settings)
	s.settings = s.settings.without(func(have Setting) bool {
		return have.Name == "header" && headerName(have.Value) == name
	})
	return len(s.settings) < before
}

func (s *Shell) headers(context.Context, string) error {
	all := s.settings.All("header")
	if len(all) == 0 {
		s.note("no headers")
	}
	for _, h := range all {
		s.print(s.Host.Masked(h))
	}
	return nil
}

func (s *Shell) unheader(_ context.Context, rest string) error {
	switch name := headerName(rest); {
	case rest == "":
		s.drop("header")
	case !s.dropHeader(name):
		return usage("there is no header %s", rest)
	}
	s.changed("header")
	return nil
}

func (s *Shell) meta(_ context.Context, rest string) error {
	key, value, given := strings.Cut(rest, "=")
	switch {
	case rest == "":
		all := s.settings.All("meta")
		if len(all) == 0 {
			s.note("no metainfo")
		}
		for _, pair := range all {
			s.print(s.Host.Masked(strings.Replace(pair, "=", ": ", 1)))
		}
		return nil
	case !given || key == "":
		return usage("want KEY=VALUE")
	}
	s.settings = s.settings.without(func(have Setting) bool {
		return have.Name == "meta" && strings.HasPrefix(have.Value, key+"=")
	})
	if value == "" {
		return nil
	}
	return s.put("meta", rest, true)
}

func (s *Shell) timeout(_ context.Context, rest string) error {
	switch have := s.settings.Last("timeout"); {
	case rest == "off":
		s.drop("timeout")
		return nil
	case rest != "":
		return s.put("timeout", rest, false)
	case have == "":
		s.note("no timeout")
	default:
		s.print(have)
	}
	return nil
}

// set lets a flag hold.
func (s *Shell) set(ctx context.Context, rest string) error {
	name, value, _ := strings.Cut(strings.TrimLeft(rest, "-"), " ")
	if i := strings.IndexByte(name, '='); i >= 0 {
		name, value = name[:i], name[i+1:]+value
	}
	value = strings.TrimSpace(value)
	if name == "" {
		s.showSettings()
		return nil
	}
	if name == "keys" || name == "editing-mode" {
		return s.keys(ctx, value)
	}
	flag := s.flag(name)
	switch {
	case flag == nil || !flag.Setting:
		return s.noSetting(name)
	case value == "off" && flag.Value == "", value == "false":
		s.drop(flag.Name)
		return nil
	case flag.Alone != "" && (value == "" || value == "on"):
		value = flag.Alone
	case flag.Alone == "true" && value != "true" && len(flag.Words) == 0:
		return usage("%s is on or off", flag.Name)
	case len(flag.Words) > 0 && !flag.List && !slices.Contains(flag.Words, value):
		return usage("%s is one of %s", flag.Name, orList(flag.Words))
	case value == "":
		return usage("what %s is to be is missing: want ':set %s %s'", flag.Name, flag.Name, flag.Value)
	}
	return s.put(flag.Name, value, flag.List)
}

func orList(words []string) string {
	last := len(words) - 1
	if last == 0 {
		return words[0]
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

func (s *Shell) noSetting(name string) error {
	err := usage("%s is no flag that could hold for all calls", name)
	var names []string
	for _, f := range s.Host.Flags("call") {
		if f.Setting {
			names = append(names, f.Name)
		}
	}
	if near := idl.Nearest(name, names); len(near) > 0 {
		err.Hint = fmt.Sprintf("did you mean ':set %s'?", near[0])
	}
	return err
}

func (s *Shell) showSettings() {
	if len(s.settings) == 0 {
		s.note("nothing is set; ':set ' and Tab show what may be")
	}
	for _, have := range s.settings {
		switch {
		case have.Name == "header", have.Name == "rpc-header", have.Name == "reflect-header":
			s.print(have.Name + " " + s.Host.Masked(have.Value))
		case have.Value == "true":
			s.print(have.Name)
		default:
			s.print(have.Name + " " + have.Value)
		}
	}
}

func (s *Shell) unset(_ context.Context, rest string) error {
	name := strings.TrimLeft(rest, "-")
	if name == "" {
		return &UsageError{"want the name of a FLAG", "':set' shows what is set"}
	}
	if f := s.flag(name); f != nil {
		name = f.Name
	}
	if len(s.settings.All(name)) == 0 {
		return usage("%s is not set", name)
	}
	s.drop(name)
	return nil
}

func (s *Shell) repeat(ctx context.Context, rest string) error {
	n, err := strconv.Atoi(rest)
	switch {
	case rest == "":
		n = 1
	case err != nil || n < 1:
		return usage(":repeat %s: want a number above 0", rest)
	}
	if s.line == "" {
		return usage("there is no call yet to repeat")
	}
	line, args, err := s.callOf(ctx, s.line)
	if err != nil {
		return err
	}
	if n > 1 {
		args = append(args, "--repeat", strconv.Itoa(n))
	}
	return s.make(ctx, args, line.Append)
}

// callOf is a line that is a call, with the arguments that it stands for.
func (s *Shell) callOf(ctx context.Context, text string) (*Line, []string, error) {
	line, err := Parse(text, s.takesValue)
	if err != nil {
		return nil, nil, err
	}
	args, err := s.arguments(ctx, line)
	return line, args, err
}

func (s *Shell) time(ctx context.Context, rest string) error {
	if rest == "" || rest == "on" || rest == "off" {
		s.timing = rest == "on" || rest == "" && !s.timing
		s.note("times are " + map[bool]string{true: "shown", false: "not shown"}[s.timing])
		return nil
	}
	begun := time.Now()
	err := s.one(ctx, rest)
	s.noteTime(begun)
	return told(err)
}

// told is an error that one has told.
func told(err error) error {
	if err == nil {
		return nil
	}
	return &toldError{err}
}

func (s *Shell) trace(ctx context.Context, rest string) error {
	level, line, _ := strings.Cut(rest, " ")
	value := "1"
	switch level {
	case "":
		if s.settings.Last("verbose") != "" {
			level = "off"
		}
	case "on":
	case "frames":
		value = "2"
	case "off":
	default:
		line = rest
	}
	before := s.settings
	s.settings = s.settings.Without("verbose")
	if level != "off" {
		s.settings = s.settings.With("verbose", value, false)
	}
	if strings.TrimSpace(line) == "" {
		return nil
	}
	defer func() { s.settings = before }()
	return told(s.one(ctx, line))
}

func (s *Shell) history(_ context.Context, rest string) error {
	if s.History == nil {
		return nil
	}
	for i, line := range s.History.Lines() {
		if line = WithoutSecrets(line, s.Host); strings.Contains(line, rest) {
			s.print(fmt.Sprintf("%5d  %s", i+1, strings.ReplaceAll(line, "\n", "\n       ")))
		}
	}
	return nil
}

func (s *Shell) save(_ context.Context, rest string) error {
	list := words(rest)
	if len(list) != 1 {
		return usage("want the name of a FILE")
	}
	if len(s.calls) == 0 {
		return usage("there are no calls yet to save")
	}
	saved, err := s.Host.Save(list[0], s.settings, s.calls)
	if err != nil {
		return err
	}
	s.note(savedNote(list[0], saved))
	return nil
}

// commandLine prints a line as a command for other shells.
func (s *Shell) commandLine(ctx context.Context, rest string) error {
	if rest == "" {
		rest = s.line
	}
	if rest == "" {
		return usage("there is no call yet")
	}
	if strings.HasPrefix(strings.TrimSpace(rest), ":") {
		return usage(":command is for calls")
	}
	line, args, err := s.callOf(ctx, rest)
	if err != nil {
		return err
	}
	text := s.Host.CommandLine("call", s.settings, args)
	if line.Append {
		text = s.Host.CommandLine("call", s.settings, args[:len(args)-2]) + " >> " + line.Out
	}
	s.print(text)
	return nil
}

func (s *Shell) reload(context.Context, string) error {
	s.Host.Reload()
	s.names.forgetAll()
	s.note("the IDL is read again with the next line that needs it")
	return nil
}

func (s *Shell) keys(_ context.Context, rest string) error {
	if rest != "emacs" && rest != "vi" {
		return usage("keys are those of emacs or vi")
	}
	s.Terminal.SetKeys(rest)
	return nil
}

func (s *Shell) leave(context.Context, string) error {
	s.quit = true
	return nil
}

// print writes a line that somebody asked for.
func (s *Shell) print(line string) { _, _ = s.Out.Write([]byte(line + "\n")) }
