package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"
)

const fullDuplex = "STREAM_TYPE_FULL_DUPLEX_BIDI_STREAM"

// run makes the call that a case describes.
func (s *suite) run(c *testCase) (*result, error) {
	args, err := s.arguments(c)
	if err != nil {
		return nil, err
	}
	p := &process{suite: s, c: c, cmd: exec.Command(s.tool, args...)}
	return p.run()
}

// arguments are the command line of a case.
func (s *suite) arguments(c *testCase) ([]string, error) {
	args := []string{
		"call", net.JoinHostPort(c.Host, strconv.Itoa(c.Port)), c.Service + "/" + c.Method, "--idl", s.idl, "-d", "@",
		"--output", "envelope", "--show-secrets", "--events", "-", "--error-format", "json",
	}
	switch c.Protocol {
	case "PROTOCOL_GRPC":
	case "PROTOCOL_GRPC_WEB":
		args = append(args, "-t", "grpc-web")
	case "PROTOCOL_CONNECT":
		args = append(args, "-t", "connect")
	default:
		return nil, fmt.Errorf("no transport for %s", c.Protocol)
	}
	if c.Protocol != "PROTOCOL_GRPC" && c.HTTPVersion == "HTTP_VERSION_2" && c.ServerTLSCert == nil {
		args = append(args, "--http2")
	}
	if c.Codec == "CODEC_JSON" {
		args = append(args, "--connect-json")
	}
	if c.UseGetHTTPMethod {
		args = append(args, "--connect-get")
	}
	if encoding := strings.ToLower(strings.TrimPrefix(c.Compression, "COMPRESSION_")); encoding != "identity" {
		args = append(args, "--compress", encoding)
	}
	if c.StreamType == fullDuplex {
		args = append(args, "--lockstep")
	}
	if c.Cancel != nil && c.Cancel.BeforeCloseSend != nil {
		args = append(args, "--no-close-send")
	}
	if c.cancelsAfterReplies() {
		args = append(args, "--max-replies", strconv.Itoa(c.Cancel.AfterNumResponses))
	}
	if c.TimeoutMS != nil {
		args = append(args, "--timeout", fmt.Sprintf("%dms", *c.TimeoutMS))
	}
	if c.MessageReceiveLimit > 0 {
		args = append(args, "--max-message-size", strconv.Itoa(c.MessageReceiveLimit))
	}
	if strings.Contains(c.StreamType, "CLIENT") || strings.Contains(c.StreamType, "BIDI") {
		args = append(args, "--interval", fmt.Sprintf("%dms", c.RequestDelayMS))
	}
	for _, h := range c.RequestHeaders {
		for _, v := range h.Value {
			args = append(args, "-H", h.Name+": "+v)
		}
	}
	return s.secure(c, args)
}

// secure adds the certificates.
func (s *suite) secure(c *testCase, args []string) ([]string, error) {
	add := func(option string, pem []byte) error {
		f, err := os.CreateTemp(s.dir, "*.pem")
		if err != nil {
			return err
		}
		defer f.Close()
		args = append(args, option, f.Name())
		_, err = f.Write(pem)
		return err
	}
	if c.ServerTLSCert == nil {
		return args, nil
	}
	if err := add("--cacert", c.ServerTLSCert); err != nil {
		return nil, err
	}
	if c.ClientTLSCreds == nil {
		return args, nil
	}
	return args, errors.Join(add("--cert", c.ClientTLSCreds.Cert), add("--key", c.ClientTLSCreds.Key))
}

// process is the tool at work on a case.
type process struct {
	*suite
	c   *testCase
	cmd *exec.Cmd

	result result

	mu       sync.Mutex
	sent     int
	received int
	closed   bool
	ended    bool // by the peer, with a status
	canceled bool
	problem  *problem
	stray    []string // of stderr
}

// problem is the object of --error-format json.
type problem struct {
	Message string
	GRPC    *struct{ Code int }
}

func (p *process) run() (*result, error) {
	docs, err := p.documents()
	if err != nil {
		return nil, err
	}
	p.cmd.Stdin = strings.NewReader(docs)
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	stderr, err := p.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	var readers sync.WaitGroup
	var outErr, errErr error
	readers.Go(func() { outErr = lines(stdout, p.reply) })
	readers.Go(func() { errErr = lines(stderr, p.note) })
	readers.Wait()
	err = p.cmd.Wait()
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		return nil, err
	}
	if err := errors.Join(outErr, errErr); err != nil {
		return nil, err
	}
	return p.finish()
}

// documents are the request messages as the tool reads them.
func (p *process) documents() (string, error) {
	var b strings.Builder
	for _, m := range p.c.RequestMessages {
		delete(m, "@type")
		text, err := json.Marshal(m)
		if err != nil {
			return "", err
		}
		b.Write(append(text, '\n'))
	}
	return b.String(), nil
}

func lines(r io.Reader, take func([]byte) error) error {
	var first error
	in := bufio.NewReader(r)
	for {
		line, err := in.ReadBytes('\n')
		if len(line) > 0 && first == nil {
			first = take(line)
		}
		if err != nil {
			return first
		}
	}
}

// finish judges how the tool ended.
func (p *process) finish() (*result, error) {
	r := &p.result
	switch code := p.cmd.ProcessState.ExitCode(); {
	case len(p.stray) > 0:
		return nil, fmt.Errorf("stderr: %s", strings.Join(p.stray, ""))
	case r.Error != nil:
	case code == 0 && p.c.cancelsAfterReplies() && !p.ended:
		r.Error = &rpcError{Code: 1, Message: "enough replies"}
	case code == 0:
	case code == 130:
		r.Error = &rpcError{Code: 1, Message: "interrupted"}
	case p.problem == nil:
		return nil, fmt.Errorf("exit code %d without an error", code)
	case p.problem.GRPC == nil:
		return nil, fmt.Errorf("exit code %d: %s", code, p.problem.Message)
	default:
		r.Error = &rpcError{Code: p.problem.GRPC.Code, Message: p.problem.Message}
	}
	if r.Error != nil {
		r.NumUnsentRequests = len(p.c.RequestMessages) - p.sent
	}
	return r, nil
}

// cancelWhenDue gives the call up with a signal when the case says so. The caller
// holds mu.
func (p *process) cancelWhenDue() {
	c := p.c.Cancel
	if c == nil || p.canceled || p.c.cancelsAfterReplies() {
		return
	}
	all := p.sent == len(p.c.RequestMessages)
	// In full duplex each request has its reply before the next step.
	replied := p.c.StreamType != fullDuplex || p.received >= p.sent
	var due bool
	var after time.Duration
	switch {
	case c.BeforeCloseSend != nil:
		due = all && replied
	default:
		due, after = p.closed && replied, time.Duration(c.AfterCloseSendMS)*time.Millisecond
	}
	if !due {
		return
	}
	p.canceled = true
	time.AfterFunc(after, func() { _ = p.cmd.Process.Signal(os.Interrupt) })
}
