// Command conformance is the client that connectconformance tests: it drives the
// tool, one process for each case. With -server it is the server: package serve, with the
// suite's handlers.
//
// The runner writes ClientCompatRequest messages to stdin and reads
// ClientCompatResponse from stdout, each behind a length of four bytes
// (connectrpc/conformance:docs/testing_clients.md). Their descriptors come from the
// .proto files of the suite, and everything here goes by their JSON.
package main

import (
	"encoding/binary"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"sync"
)

func main() {
	var s suite
	protos := flag.String("protos", "", "`folder` of the suite's .proto files")
	flag.StringVar(&s.tool, "tool", "", "the tool's `binary`")
	tally := flag.String("tally", "", "`file` to add protocol, kind and name of each case to")
	parallel := flag.Int("parallel", runtime.NumCPU(), "cases at a time")
	isServer := flag.Bool("server", false, "be the server")
	flag.Parse()
	run := func() error { return s.serve(*protos, *tally, *parallel) }
	if *isServer {
		run = func() error { return serveSuite(*protos) }
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
		os.Exit(1)
	}
}

// suite is what all cases share.
type suite struct {
	schema

	tool  string
	dir   string // for files that the tool reads
	idl   string // the descriptors, as the tool reads them
	out   sync.Mutex
	tally *os.File // nil where none is wanted
}

// serve runs cases until stdin ends.
func (s *suite) serve(protos, tally string, parallel int) (err error) {
	if s.dir, err = os.MkdirTemp("", "conformance"); err != nil {
		return err
	}
	defer os.RemoveAll(s.dir)
	if s.schema, err = load(protos); err != nil {
		return err
	}
	s.idl = filepath.Join(s.dir, "suite.binpb")
	if err := os.WriteFile(s.idl, s.set, 0o600); err != nil {
		return err
	}
	if tally != "" {
		if s.tally, err = os.OpenFile(tally, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600); err != nil {
			return err
		}
		defer s.tally.Close()
	}
	var running sync.WaitGroup
	defer running.Wait()
	free := make(chan struct{}, parallel)
	for {
		var c testCase
		if err := s.read("ClientCompatRequest", &c); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		free <- struct{}{}
		running.Go(func() {
			s.answer(&c)
			<-free
		})
	}
}

// maxCase bounds a request of the runner, whose largest case is about 1 MiB.
const maxCase = 64 << 20

// read takes the next message of the runner.
func (s *suite) read(name string, to any) error {
	var prefix [4]byte
	if _, err := io.ReadFull(os.Stdin, prefix[:]); err != nil {
		return err
	}
	n := binary.BigEndian.Uint32(prefix[:])
	if n > maxCase {
		return fmt.Errorf("request of %d bytes", n)
	}
	wire := make([]byte, n)
	if _, err := io.ReadFull(os.Stdin, wire); err != nil {
		return err
	}
	text, err := s.toJSON(name, wire)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, to)
}

// answer runs a case and writes what came of it.
func (s *suite) answer(c *testCase) {
	r := response{TestName: c.TestName}
	result, err := s.run(c)
	if err != nil {
		r.Error = &failure{err.Error()}
	} else {
		r.Response = result
	}
	text, err := json.Marshal(r)
	var wire []byte
	if err == nil {
		wire, err = s.toWire("ClientCompatResponse", text)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "conformance: %s: %v\n", c.TestName, err)
		os.Exit(1)
	}
	s.out.Lock()
	defer s.out.Unlock()
	if s.tally != nil {
		fmt.Fprintf(s.tally, "%s\t%s\t%s\n", c.Protocol, c.StreamType, c.TestName)
	}
	_, _ = os.Stdout.Write(binary.BigEndian.AppendUint32(nil, uint32(len(wire))))
	_, _ = os.Stdout.Write(wire)
}
