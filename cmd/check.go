package cmd

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/stream"
)

// check refuses flags that the method cannot follow.
func (o *callOptions) check(m *idl.Method) error {
	for _, check := range []func(*idl.Method) error{o.checkMany, o.checkRequest, o.checkRaw, o.checkOutput} {
		if err := check(m); err != nil {
			return err
		}
	}
	return nil
}

// checkMany looks at flags of many calls.
func (o *callOptions) checkMany(m *idl.Method) error {
	switch {
	case o.request.each && m.Type.ClientStreams():
		return usage("--each: %s is a %s method: it takes all documents in one call", m.FullName(), m.Type)
	case o.request.repeat < 1:
		return usage("--repeat %d: want a number above 0", o.request.repeat)
	case o.request.parallel < 1 || o.request.parallel > maxParallel:
		return usage("--parallel %d: want a number from 1 to %d", o.request.parallel, maxParallel)
	case o.request.parallel > 1 && !o.request.many():
		return usage("--parallel: there is only one call (--each makes one for each document, --repeat several)")
	case o.request.failFast && !o.request.many():
		return usage("--fail-fast: there is only one call (--each makes one for each document, --repeat several)")
	case o.request.parallel > 1 && o.request.until.given():
		return usage("--until: with --parallel there is no call after which to stop")
	case o.request.repeat > 1 && m.Type.ClientStreams() && o.readsStdin(m):
		return usage("--repeat: stdin can be read but once (give -d)")
	}
	return nil
}

// checkRequest looks at what is sent, and when.
func (o *callOptions) checkRequest(m *idl.Method) error {
	switch {
	case o.request.maxReplies < 0:
		return usage("--max-replies %d: want a number above 0", o.request.maxReplies)
	case o.request.lockstep && m.Type != stream.Bidi:
		return usage("--lockstep: %s is a %s method, not a bidi streaming one", m.FullName(), m.Type)
	case o.request.keepOpen && !m.Type.ClientStreams():
		return usage("--no-close-send: %s is a %s method: its client side does not stream", m.FullName(), m.Type)
	case o.idl.stdin() && o.readsStdin(m):
		return usage("stdin is both the IDL (--idl -) and the request")
	case len(o.request.base) > 0 && !m.IsThrift():
		return usage("--base: %s is not a Thrift method", m.FullName())
	case o.dialect.name != dialectOwn && !m.IsThrift():
		return usage("--json-dialect %s: %s is not a Thrift method", o.dialect.name, m.FullName())
	}
	return nil
}

// checkRaw looks at what bodies that are sent as they are cannot be.
func (o *callOptions) checkRaw(m *idl.Method) error {
	if !o.isRaw() {
		if o.request.streamType != "" {
			return usage("--stream-type is for --raw")
		}
		return nil
	}
	switch {
	case !o.readsStdin(m) && !o.request.dataGiven:
		return usage("--raw: there is no body to send (give -d)")
	case o.format.output != format.JSON && o.format.output != format.Raw:
		return usage("--raw: there are no fields to show as --output %s", o.format.output)
	case o.request.until.given():
		return usage("--until: with --raw a reply has no fields to ask about")
	case o.request.expect.given():
		return usage("--expect: with --raw a reply has no fields to ask about")
	case o.format.filter.given():
		return usage("%s: with --raw a reply has no fields", o.format.filter.name())
	case len(o.request.fields) > 0:
		return usage("-f: with --raw the request is encoded already")
	case len(o.request.base) > 0:
		return usage("--base: with --raw the request is encoded already")
	}
	return nil
}

// checkOutput looks at how replies are shown.
func (o *callOptions) checkOutput(m *idl.Method) error {
	switch {
	case o.format.filter.given() && o.format.output != format.JSON && o.format.output != format.Envelope:
		return usage("%s: replies are shown as --output %s", o.format.filter.name(), o.format.output)
	case o.format.filter.rawStrings && o.format.output == format.Envelope:
		return usage("-r: an envelope is JSON, and its strings have quotes")
	case o.conn.connectJSON && !o.isRaw() && (o.format.output == format.TextForm || o.format.output == format.Raw):
		return usage("--output %s: with --connect-json replies are JSON", o.format.output)
	case o.format.output == format.TextForm && m.IsThrift():
		return usage("--output text: Thrift has no text format")
	case o.format.file != "" && !isFolder(filepath.Dir(o.format.file)):
		return usage("-o %s: there is no folder %s", o.format.file, filepath.Dir(o.format.file))
	case o.format.file != "" && o.isInput(o.format.file):
		return usage("-o %s is the file of the request", o.format.file)
	}
	return nil
}

// isFolder keeps a call whose reply could not be written from being made.
func isFolder(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

// isInput reports whether a file is the one that -d reads.
func (o *callOptions) isInput(name string) bool {
	input, isFile := strings.CutPrefix(o.request.data, "@")
	return isFile && input != "-" && isSame(input, name)
}
