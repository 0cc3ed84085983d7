package decode

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/proxy"
	"github.com/idlcall/idlcall/pkg/session"
	"github.com/idlcall/idlcall/pkg/stream"
)

// TestLibrary: what the IDL has not is asked for once; where it could not be asked, that is tried
// again, but not for each call.
func TestLibrary(t *testing.T) {
	s, err := session.Open(t.Context(), session.Options{Target: session.Demo})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	method, err := s.Method(t.Context(), "pb.StreamingService/UnaryEcho")
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		asked := map[string]int{}
		down := errors.New("down")
		l := library{find: func(m *stream.Method) (*session.Method, error) {
			asked[m.Name]++
			if m.Name == "Nope" {
				return nil, &idl.NotFoundError{Kind: "method", Name: m.Name}
			}
			return method, down
		}}
		get := func(name string) error {
			k, err := l.get(stream.Method{Service: "pb.StreamingService", Name: name})
			if err == nil && (k.programs[proxy.Client] == nil || k.programs[proxy.Server] == nil) {
				t.Error("no programs")
			}
			return err
		}
		for range 3 {
			_ = get("Nope")
			if err := get("UnaryEcho"); !errors.Is(err, down) {
				t.Error(err)
			}
		}
		if asked["Nope"] != 1 || asked["UnaryEcho"] != 1 {
			t.Errorf("asked %v", asked)
		}
		down = nil
		time.Sleep(downTime)
		for range 3 {
			if err := get("UnaryEcho"); err != nil {
				t.Error(err)
			}
		}
		if asked["UnaryEcho"] != 2 {
			t.Errorf("asked %v", asked)
		}
	})
}

// TestLanguage: a method of Protobuf is not decoded as Thrift.
func TestLanguage(t *testing.T) {
	t.Parallel()
	s, err := session.Open(t.Context(), session.Options{Target: session.Demo})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	l := library{find: func(*stream.Method) (*session.Method, error) { return s.Method(t.Context(), "UnaryEcho") }}
	_, err = l.get(stream.Method{Name: "UnaryEcho", Lang: stream.Thrift})
	if other, ok := errors.AsType[*LanguageError](err); !ok || other.Method != "pb.StreamingService/UnaryEcho" {
		t.Error(err)
	}
}
