package stream_test

import (
	"reflect"
	"slices"
	"testing"

	"github.com/idlcall/idlcall/pkg/stream"
)

// listener is a Trace all of whose funcs append what they are called to events.
func listener(name string, events *[]string) *stream.Trace {
	t := &stream.Trace{}
	v := reflect.ValueOf(t).Elem()
	for i := range v.NumField() {
		field := v.Type().Field(i)
		v.Field(i).Set(reflect.MakeFunc(field.Type, func([]reflect.Value) []reflect.Value {
			*events = append(*events, name+" "+field.Name)
			return nil
		}))
	}
	return t
}

// TestTee: every event reaches every listener, those that Tee might have forgotten
// too.
func TestTee(t *testing.T) {
	t.Parallel()
	var events []string
	tee := reflect.ValueOf(stream.Tee(listener("a", &events), nil, listener("b", &events), &stream.Trace{})).Elem()
	for i := range tee.NumField() {
		events = nil
		field := tee.Type().Field(i)
		if tee.Field(i).IsNil() {
			t.Errorf("%s is lost", field.Name)
			continue
		}
		args := make([]reflect.Value, field.Type.NumIn())
		for j := range args {
			args[j] = reflect.Zero(field.Type.In(j))
		}
		tee.Field(i).Call(args)
		if want := []string{"a " + field.Name, "b " + field.Name}; !slices.Equal(events, want) {
			t.Errorf("%s: %q, want %q", field.Name, events, want)
		}
	}
}

// TestTeeOfNothing: what nobody listens to stays nil.
func TestTeeOfNothing(t *testing.T) {
	t.Parallel()
	if tee := stream.Tee(nil, nil); tee != nil {
		t.Error("a Tee of nothing is something")
	}
	only := &stream.Trace{Warn: func(string) {}}
	if tee := stream.Tee(nil, only); tee != only {
		t.Error("a Tee of one is not that one")
	}
	if tee := stream.Tee(only, &stream.Trace{}); tee.Sent != nil || tee.Warn == nil {
		t.Error("a Tee listens to more, or less, than its listeners")
	}
}

// TestNilTrace: the methods may be called without a Trace, and without funcs.
func TestNilTrace(t *testing.T) {
	t.Parallel()
	for _, trace := range []*stream.Trace{nil, {}} {
		trace.Start("S/M", stream.Unary)
		trace.Answer()
		trace.Warning("w")
		trace.Finish(nil)
	}
}
