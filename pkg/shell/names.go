package shell

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
	"github.com/idlcall/idlcall/pkg/session"
	"github.com/idlcall/idlcall/pkg/shape"
	"github.com/idlcall/idlcall/pkg/shell/editor"
)

// names are what the shell knows of the IDL, each found when it is first asked for.
type names struct {
	shell    *Shell
	schema   idl.Schema
	services []string
	methods  map[string][]idl.MethodInfo // by service
	notes    map[string]map[string]note
	inputs   map[string]*idl.Method // by the names they are called by; nil where there is none
	ofTypes  map[*idl.Method]*shape.Notes
	asked    map[string]*editor.History
}

// lookTime bounds what Tab asks of a server.
const lookTime = 2 * time.Second

// ofSchema are settings on which the IDL depends.
func ofSchema(setting string) bool {
	switch setting {
	case "output", "pretty", "color", "enum", "int64", "binary", "timeout", "meta", "persist", "verbose":
		return false
	}
	return true
}

// forget forgets what a setting that has changed may make different.
func (n *names) forget(setting string) {
	if ofSchema(setting) {
		n.forgetAll()
	}
}

func (n *names) forgetAll() { *n = names{shell: n.shell, asked: n.asked} }

// documents is the history of what was typed for a method whose client streams.
func (n *names) documents(method string) *editor.History {
	if n.asked == nil {
		n.asked = map[string]*editor.History{}
	}
	if n.asked[method] == nil {
		n.asked[method] = editor.NewHistory(nil, nil)
	}
	return n.asked[method]
}

// look is the IDL.
func (n *names) look(ctx context.Context) (idl.Schema, error) {
	if n.schema != nil {
		return n.schema, nil
	}
	schema, err := n.shell.Host.Schema(ctx, n.shell.settings)
	if err == nil {
		n.schema = schema
	}
	return schema, err
}

// all are the services, and the methods of each. What cannot be looked at is left out.
func (n *names) all(ctx context.Context) []string {
	if n.services != nil {
		return n.services
	}
	services, err := n.list(ctx)
	if err != nil {
		return nil
	}
	n.methods = map[string][]idl.MethodInfo{}
	for _, service := range services {
		if methods, err := n.schema.Methods(ctx, service); err == nil {
			n.methods[service] = methods
		}
	}
	if ctx.Err() == nil {
		n.services = services
	}
	return services
}

// list are the services.
func (n *names) list(ctx context.Context) ([]string, error) {
	schema, err := n.look(ctx)
	if err != nil {
		return nil, err
	}
	services, err := schema.Services(ctx)
	if err != nil {
		return nil, session.Looking(ctx, "services", err)
	}
	return services, nil
}

// service is the full name of a service that is named, be it by its last part.
func (n *names) service(ctx context.Context, name string) (string, error) {
	services, err := n.list(ctx)
	if err != nil {
		return "", err
	}
	var found []string
	for _, service := range services {
		if service == name {
			return service, nil
		}
		if strings.HasSuffix(service, "."+name) {
			found = append(found, service)
		}
	}
	switch len(found) {
	case 0:
		fault := usage("there is no service %s", name)
		if near := idl.Nearest(name, services); len(near) > 0 {
			fault.Hint = fmt.Sprintf("did you mean %s?", near[0])
		}
		return "", fault
	case 1:
		return found[0], nil
	}
	return "", usage("%s may be %s", name, strings.Join(found, " or "))
}

// method is the method of a name, nil where there is none.
func (n *names) method(ctx context.Context, name string) *idl.Method {
	m, known := n.inputs[name]
	if known || name == "" {
		return m
	}
	schema, err := n.look(ctx)
	if err != nil {
		return nil
	}
	if m, err = schema.Method(ctx, name); err != nil && ctx.Err() != nil {
		return nil
	}
	if n.inputs == nil {
		n.inputs = map[string]*idl.Method{}
	}
	if err != nil {
		m = nil
	}
	n.inputs[name] = m
	return m
}

// note is what a method takes and returns, and the first line of its comment.
func (n *names) note(ctx context.Context, m idl.MethodInfo) string {
	if n.notes == nil {
		n.notes = map[string]map[string]note{}
	}
	if _, known := n.notes[m.Service]; !known && n.schema != nil {
		n.notes[m.Service] = map[string]note{}
		if d, err := n.schema.Describe(ctx, m.Service); err == nil {
			n.addNotes(m.Service, d.Value)
		}
	}
	of := n.notes[m.Service][m.Name]
	if of.signature == "" {
		of.signature = signature(m)
	}
	return strings.TrimRight(of.signature+"  "+of.comment, " ")
}

// note is what is known of a method.
type note struct{ signature, comment string }

func (n *names) addNotes(service string, of any) {
	add := func(name, comment, signature string) {
		first, _, _ := strings.Cut(strings.TrimSpace(comment), "\n")
		n.notes[service][lastPart(name)] = note{visible(signature), visible(first)}
	}
	switch e := of.(type) {
	case *idl.Element:
		for _, m := range e.Methods {
			add(m.Name, m.Comment, "")
		}
	case *thrift.Element:
		for _, m := range e.Methods {
			add(m.Name, m.Comment, thriftSignature(m))
		}
	}
}

func lastPart(name string) string { return name[strings.LastIndexAny(name, "./")+1:] }

// signature is what a method takes and returns.
func signature(m idl.MethodInfo) string {
	of := func(name string, streams bool) string {
		if name = visible(lastPart(name)); streams {
			return "stream " + name
		}
		return name
	}
	return "(" + of(m.Input, m.Type.ClientStreams()) + ") → " + of(m.Output, m.Type.ServerStreams())
}

// thriftSignature is that of a method of Thrift, with its arguments.
func thriftSignature(m *thrift.Element) string {
	args := make([]string, len(m.Arguments))
	for i, a := range m.Arguments {
		args[i] = a.Type + " " + a.Name
	}
	text := "(" + strings.Join(args, ", ") + ")"
	if m.Returns != "" && m.Returns != "void" {
		text += " → " + m.Returns
	}
	if m.Streaming != "" {
		text += " " + m.Streaming
	}
	return text
}
