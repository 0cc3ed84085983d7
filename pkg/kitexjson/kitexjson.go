package kitexjson

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync"

	"github.com/cloudwego/dynamicgo/meta"
	dynamic "github.com/cloudwego/dynamicgo/thrift"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/load"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
	"github.com/idlcall/idlcall/pkg/stream"
)

// New returns the mapping for methods of the IDL that o names: a .thrift file, or texts of
// which one has no name and the others are included by theirs. Other sources have methods
// too, for which the mapping is a *SourceError.
func New(o load.Options) format.Dialect {
	s := &source{options: o, services: map[string]*dynamic.ServiceDescriptor{}}
	return s.compile
}

// source is IDL as dynamicgo reads it.
type source struct {
	options load.Options

	mu       sync.Mutex
	services map[string]*dynamic.ServiceDescriptor // by name
}

func (s *source) compile(m *idl.Method, o format.Options) (*format.Program, error) {
	out, ok := m.Output.(*thrift.Struct)
	switch {
	case !ok || m.Service == "":
		return nil, &SourceError{m.FullName() + " is not a method of a Thrift service"}
	case m.Protocol != stream.Binary:
		return nil, &SourceError{fmt.Sprintf("Kitex's JSON generic call has no bodies in %s", m.Protocol)}
	}
	service, err := s.service(m.Service, o.IDLNames)
	if err != nil {
		return nil, err
	}
	function := service.Functions()[m.Name]
	if function == nil {
		return nil, &IDLError{fmt.Errorf("missing method %s in service %s", m.Name, service.Name())}
	}
	base, err := requestBase(o.Base, function.HasRequestBase())
	if err != nil {
		return nil, err
	}
	return format.NewProgram(func() format.Codec {
		return &codec{function: function, method: m, out: out, base: base, warn: o.Warn}
	}), nil
}

// goTag is what gives fields the names of go.tag. dynamicgo keeps it for the whole process, and
// Kitex takes it out there for WithGoTagDisabled.
var goTag = dynamic.FindAnnotationMapper("go.tag", dynamic.AnnoScopeField)

// service has dynamicgo read the IDL, once for each service.
func (s *source) service(name string, plainNames bool) (*dynamic.ServiceDescriptor, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if known := s.services[name]; known != nil {
		return known, nil
	}
	main, err := s.main()
	if err != nil {
		return nil, err
	}
	bare := name
	if file, rest, found := strings.Cut(name, "."); found {
		if bare = rest; file != strings.TrimSuffix(filepath.Base(main), ".thrift") {
			return nil, &SourceError{fmt.Sprintf("%s is not a service of %s itself, the only ones that Kitex serves", name, main)}
		}
	}
	if plainNames {
		dynamic.RemoveAnnotationMapper(dynamic.AnnoScopeField, "go.tag")
	} else {
		dynamic.RegisterAnnotationMapper(dynamic.AnnoScopeField, goTag, "go.tag")
	}
	service, err := s.read(main, bare)
	if err != nil {
		return nil, &IDLError{err}
	}
	s.services[name] = service
	return service, nil
}

// textName is the name of a main text that has none. It is Kitex's.
const textName = "main.thrift"

// main is the name of the file whose services count.
func (s *source) main() (string, error) {
	files, texts := s.options.Files, s.options.Strings
	switch {
	case len(files) == 1 && len(texts) == 0:
		if filepath.Ext(files[0]) != ".thrift" {
			return "", &SourceError{fmt.Sprintf("%s is not a .thrift file", files[0])}
		}
		return files[0], nil
	case len(files) > 0:
		return "", &SourceError{fmt.Sprintf("%d sources of IDL, but Kitex has one main file", len(files)+len(texts))}
	case len(texts) == 1:
		if texts[0].Name != "" {
			return texts[0].Name, nil
		}
		return textName, nil
	}
	main := 0
	for _, t := range texts {
		if t.Name == "" {
			main++
		}
	}
	if main != 1 {
		return "", &SourceError{fmt.Sprintf("%d texts of IDL without a name, but Kitex has one main file", main)}
	}
	return textName, nil
}

// read makes a descriptor with the options that Kitex makes it with.
func (s *source) read(main, service string) (_ *dynamic.ServiceDescriptor, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("dynamicgo panics: %v", r)
		}
	}()
	o := dynamic.Options{
		EnableThriftBase:  true,
		ParseServiceMode:  meta.LastServiceOnly,
		UseDefaultValue:   true,
		SetOptionalBitmap: true,
		ServiceName:       service,
	}
	if len(s.options.Strings) == 0 {
		return o.NewDescritorFromPath(context.Background(), main, s.options.Includes...)
	}
	text, includes := "", map[string]string{}
	for _, t := range s.options.Strings {
		if t.Name == "" || t.Name == main {
			text = t.Text
		} else {
			includes[t.Name] = t.Text
		}
	}
	return o.NewDescritorFromContent(context.Background(), main, text, includes, true)
}
