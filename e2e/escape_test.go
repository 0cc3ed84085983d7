package e2e

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"
)

// evil is what a terminal would obey: it sets the title, clears the screen, colours
// the text, in 7 and in 8 bits, turns it around, overwrites the line, and forges one.
const evil = "x\x1b]0;pwned\x07\x1b[2J\u009b31m\x9b1m\u202e\r\b\x7f\nerror: forged\n"

const evilProto = `syntax = "proto3"; package evil; message M { string text = 1; map<string, string> map = 2; } service S { rpc Call(M) returns (M); rpc Stream(M) returns (stream M); }`

// TestEscapes walks the places where bytes of a peer or of its IDL are printed.
func TestEscapes(t *testing.T) {
	idlcall, err := exec.LookPath("idlcall")
	if err != nil {
		t.Fatal(err)
	}
	reply := evilMessage()
	grpc := serveHTTP(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/grpc")
		w.Header().Set("Evil-Bin", "G11DQzt4")
		_, _ = w.Write(binary.BigEndian.AppendUint32([]byte{0}, uint32(len(reply))))
		_, _ = w.Write(reply)
		w.Header().Set(http.TrailerPrefix+"Grpc-Status", "0")
	})
	status := serveHTTP(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/grpc")
		w.Header().Set("Grpc-Status", "5")
		w.Header().Set("Grpc-Message", url.PathEscape(evil))
	})
	page := serveHTTP(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=x\u009b31m")
		w.WriteHeader(http.StatusBadGateway)
		_, _ = io.WriteString(w, "<html><title>"+evil+"</title>"+evil)
	})
	web := serveHTTP(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/grpc-web+proto")
		trailer := "evil\x1b[2J\u009b: " + strings.ReplaceAll(evil, "\n", "\v") + "\r\ngrpc-status: 5\r\ngrpc-message: " + url.PathEscape(evil) + "\r\n"
		_, _ = w.Write(append(binary.BigEndian.AppendUint32([]byte{0x80}, uint32(len(trailer))), trailer...))
	})
	set := evilSet(t)
	args := func(line string, more ...string) []string { return append(strings.Fields(line), more...) }
	for name, line := range map[string][]string{
		"JSON":               args("call "+grpc+" Call -d {}", "--idl-string", evilProto),
		"pretty, coloured":   args("call "+grpc+" Call -d {} --pretty", "--idl-string", evilProto),
		"text":               args("call "+grpc+" Call -d {} --output text", "--idl-string", evilProto),
		"envelope":           args("call "+grpc+" Call -d {} --output envelope", "--idl-string", evilProto),
		"raw hex":            args("call " + grpc + " evil.S/Call -d 00 --raw=hex -vv"),
		"frames":             args("call "+grpc+" Call -d {} -vv --events -", "--idl-string", evilProto),
		"status":             args("call "+status+" Call -d {} -v --events -", "--idl-string", evilProto),
		"status in JSON":     args("call "+status+" Call -d {} --error-format json", "--idl-string", evilProto),
		"status, envelope":   args("call "+status+" Call -d {} --output envelope", "--idl-string", evilProto),
		"page":               args("call "+page+" Call -d {} -v", "--idl-string", evilProto),
		"page in JSON":       args("call "+page+" Call -d {} --error-format json", "--idl-string", evilProto),
		"trailers of web":    args("call "+web+" Call -t grpc-web -d {} -vv --events -", "--idl-string", evilProto),
		"web, envelope":      args("call "+web+" Call -t grpc-web -d {} --output envelope", "--idl-string", evilProto),
		"certificate":        args("call "+evilTLS(t)+" Call -v --insecure -d {}", "--idl-string", evilProto),
		"certificate's end":  args("call "+evilTLS(t)+" Call -d {} --tls", "--idl-string", evilProto),
		"proxy":              args("call example.com:80 Call -v -d {} --proxy http://"+evilProxy(t), "--idl-string", evilProto),
		"text of a stranger": args("call "+evilText(t)+" Call -v -d {}", "--idl-string", evilProto),
		"list":               args("list --idl " + set),
		"list JSON":          args("list --json --idl " + set),
		"describe":           args("describe --idl " + set),
		"describe JSON":      args("describe --json -r --idl " + set),
		"describe a type":    args("describe -r --idl "+set, "good.M"),
		"template":           args("template --idl "+set, "good.M"),
		"nearest":            args("call localhost:1 --idl "+set, "good.S/Cal"),
		"unknown field":      args("call localhost:1 --idl "+set, "good.S/Call", "-d", `{"tex": 1}`),
		"user's document":    args("call localhost:1 --idl "+set, "good.S/Call", "-d", `{"`+evil+`": 1}`),
		"user's file":        args("call localhost:1 --idl "+set+" good.S/Call -d", "@"+evil),
		"user's flag":        args("call localhost:1 good.S/Call --idl", evil),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := exec.Command(idlcall, append(line, "--timeout", "10s")...)
			var stdout, stderr bytes.Buffer
			c.Stdout, c.Stderr = &stdout, &stderr
			_ = c.Run() // most of them fail
			if stdout.Len()+stderr.Len() == 0 {
				t.Error("it printed nothing")
			}
			checkShown(t, "stdout", stdout.Bytes())
			checkShown(t, "stderr", stderr.Bytes())
		})
	}
}

// checkShown looks for what a terminal obeys, and for forged lines.
func checkShown(t *testing.T, where string, text []byte) {
	t.Helper()
	if !utf8.Valid(text) {
		t.Errorf("%s is not UTF-8: %q", where, text)
	}
	for _, r := range string(text) {
		if r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e {
			t.Fatalf("%s has %U: %q", where, r, text)
		}
	}
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		line := lines.Text()
		if strings.HasPrefix(line, "error: forged") {
			t.Errorf("%s has a forged line: %q", where, text)
		}
		if strings.HasPrefix(line, "{") && strings.HasSuffix(line, "}") && strings.Contains(line, `":`) && !json.Valid([]byte(line)) {
			t.Errorf("%s has a line that is not JSON: %q", where, line)
		}
	}
}

// evilMessage is an evil.M.
func evilMessage() []byte {
	text := append([]byte{10, byte(len(evil))}, evil...)
	entry := append(append([]byte{10, byte(len(evil))}, evil...), append([]byte{18, byte(len(evil))}, evil...)...)
	return append(append(text, 18, byte(len(entry))), entry...)
}

// evilSet is a descriptor set with evil names and comments beside good ones.
func evilSet(t *testing.T) string {
	t.Helper()
	field := &descriptorpb.FieldDescriptorProto{
		Name: new("text"), JsonName: new("te" + strings.ToValidUTF8(evil, "")), Number: new(int32(1)),
		Type: descriptorpb.FieldDescriptorProto_TYPE_STRING.Enum(), Label: descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum(),
	}
	file := func(name, pkg, suffix string) *descriptorpb.FileDescriptorProto {
		return &descriptorpb.FileDescriptorProto{
			Name: new(name), Package: new(pkg), Syntax: new("proto3"),
			MessageType: []*descriptorpb.DescriptorProto{{Name: new("M"), Field: []*descriptorpb.FieldDescriptorProto{field}}},
			Service: []*descriptorpb.ServiceDescriptorProto{{Name: new("S" + suffix), Method: []*descriptorpb.MethodDescriptorProto{{
				Name: new("Call" + suffix), InputType: new("." + pkg + ".M"), OutputType: new("." + pkg + ".M"),
			}}}},
			SourceCodeInfo: &descriptorpb.SourceCodeInfo{Location: []*descriptorpb.SourceCodeInfo_Location{
				{Path: []int32{4, 0}, Span: []int32{0, 0, 5}, LeadingComments: new(strings.ToValidUTF8(evil, "") + "*/ more")},
				{Path: []int32{6, 0}, Span: []int32{1, 0, 5}, TrailingComments: new(strings.ToValidUTF8(evil, ""))},
			}},
		}
	}
	clean := strings.ToValidUTF8(evil, "")
	set := &descriptorpb.FileDescriptorSet{File: []*descriptorpb.FileDescriptorProto{
		file("good.proto", "good", ""), file("bad"+clean+".proto", "bad", clean),
	}}
	data, err := proto.Marshal(set)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "set.binpb")
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// serveHTTP serves HTTP/1.1 and HTTP/2, both without TLS.
func serveHTTP(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{Protocols: new(http.Protocols), Handler: h, ReadHeaderTimeout: time.Minute}
	s.Protocols.SetUnencryptedHTTP2(true)
	s.Protocols.SetHTTP1(true)
	go func() { _ = s.Serve(l) }()
	t.Cleanup(func() { _ = s.Close() })
	return l.Addr().String()
}

// evilTLS is a TLS server whose certificate has an evil name.
func evilTLS(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"evil.example"},
		Subject: pkix.Name{CommonName: strings.ToValidUTF8(evil, ""), Organization: []string{"\u009b31m\x1b[2J"}},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cfg := &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, NextProtos: []string{"h2"}, MinVersion: tls.VersionTLS12}
	return "grpcs://" + serveBytes(t, func(c net.Conn) {
		_ = tls.Server(c, cfg).Handshake()
	})
}

// evilProxy refuses every CONNECT in its own words.
func evilProxy(t *testing.T) string {
	return serveBytes(t, func(c net.Conn) {
		_, _ = bufio.NewReader(c).ReadString('\n')
		fmt.Fprintf(c, "HTTP/1.1 407 %s\r\nContent-Length: 0\r\n\r\n", strings.NewReplacer("\n", "\v", "\r", "\f").Replace(evil))
	})
}

// evilText speaks no protocol.
func evilText(t *testing.T) string {
	return serveBytes(t, func(c net.Conn) { _, _ = io.WriteString(c, evil) })
}

func serveBytes(t *testing.T, handle func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				handle(c)
				time.Sleep(time.Second) // what was written must not be lost to a reset
			}()
		}
	}()
	return l.Addr().String()
}
