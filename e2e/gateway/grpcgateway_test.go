package gateway

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/genproto/googleapis/api/httpbody"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/idlcall/idlcall/e2e/gateway/library"
	"github.com/idlcall/idlcall/pkg/gateway"
	"github.com/idlcall/idlcall/pkg/idl/load"
	"github.com/idlcall/idlcall/pkg/session"
)

// librarian answers with what it is asked, and remembers it.
type librarian struct {
	library.UnimplementedLibraryServer

	mu       sync.Mutex
	received string
}

func (l *librarian) echo(ctx context.Context, method string, m proto.Message) {
	l.mu.Lock()
	defer l.mu.Unlock()
	text, _ := protojson.MarshalOptions{}.Marshal(m)
	md, _ := metadata.FromIncomingContext(ctx)
	l.received = fmt.Sprint(method, " ", plainJSON(string(text)), md.Get("x-given"), md.Get("authorization"))
}

func (l *librarian) take() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	text := l.received
	l.received = ""
	return text
}

func (l *librarian) answer(ctx context.Context, method string, r *library.Request) (*library.Request, error) {
	l.echo(ctx, method, r)
	if r.Fail > 0 {
		s, _ := status.New(codes.Code(r.Fail), "it was asked for").WithDetails(&library.Book{Title: "detail"})
		return nil, s.Err()
	}
	_ = grpc.SetHeader(ctx, metadata.Pairs("x-shown", "yes"))
	return r, nil
}

func (l *librarian) GetShelf(ctx context.Context, r *library.Request) (*library.Request, error) {
	return l.answer(ctx, "GetShelf", r)
}

func (l *librarian) GetBook(ctx context.Context, r *library.Request) (*library.Request, error) {
	return l.answer(ctx, "GetBook", r)
}

func (l *librarian) CreateBook(ctx context.Context, r *library.Request) (*library.Request, error) {
	return l.answer(ctx, "CreateBook", r)
}

func (l *librarian) UpdateBook(ctx context.Context, r *library.Request) (*library.Request, error) {
	return l.answer(ctx, "UpdateBook", r)
}

func (l *librarian) MoveBook(ctx context.Context, r *library.Request) (*library.Request, error) {
	return l.answer(ctx, "MoveBook", r)
}

func (l *librarian) ListBooks(ctx context.Context, r *library.Request) (*library.Request, error) {
	return l.answer(ctx, "ListBooks", r)
}

func (l *librarian) DeleteBook(ctx context.Context, r *library.Request) (*library.Request, error) {
	return l.answer(ctx, "DeleteBook", r)
}

func (l *librarian) Search(ctx context.Context, r *library.Request) (*library.Request, error) {
	return l.answer(ctx, "Search", r)
}

func (l *librarian) Upload(ctx context.Context, r *httpbody.HttpBody) (*httpbody.HttpBody, error) {
	l.echo(ctx, "Upload", r)
	return r, nil
}

func (l *librarian) Watch(r *library.Request, s grpc.ServerStreamingServer[library.Request]) error {
	l.echo(s.Context(), "Watch", r)
	for range r.UserId {
		if err := s.Send(r); err != nil {
			return err
		}
	}
	if r.Fail > 0 {
		return status.Error(codes.Code(r.Fail), "in the middle")
	}
	return nil
}

func (l *librarian) Collect(s grpc.ClientStreamingServer[library.Request, library.Request]) error {
	all := &library.Request{}
	for {
		r, err := s.Recv()
		if err == io.EOF {
			l.echo(s.Context(), "Collect", all)
			return s.SendAndClose(all)
		}
		if err != nil {
			return err
		}
		proto.Merge(all, r)
	}
}

// startLibrary returns both gateways in front of one server.
func startLibrary(t *testing.T) (l *librarian, theirs http.Handler, mine *gateway.Gateway) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l = &librarian{}
	s := grpc.NewServer()
	library.RegisterLibraryServer(s, l)
	go func() { _ = s.Serve(listener) }()
	t.Cleanup(s.Stop)
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	mux := runtime.NewServeMux(
		runtime.WithUnescapingMode(runtime.UnescapingModeAllExceptSlash), // as google/api/http.proto has it; its default is older
		runtime.WithMarshalerOption(runtime.MIMEWildcard, &runtime.HTTPBodyMarshaler{Marshaler: &runtime.JSONPb{}}),
	)
	address := listener.Addr().String()
	err = library.RegisterLibraryHandlerFromEndpoint(ctx, mux, address, []grpc.DialOption{grpc.WithTransportCredentials(insecure.NewCredentials())})
	if err != nil {
		t.Fatal(err)
	}
	file, err := filepath.Abs("library/library.proto")
	if err != nil {
		t.Fatal(err)
	}
	mineSession, err := session.Open(ctx, session.Options{Target: address, Files: &load.Options{Files: []string{file}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = mineSession.Close() })
	mine, err = gateway.New(ctx, mineSession, gateway.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return l, mux, mine
}

// showHTTP is an answer as it can be compared: of errors the code, since texts are
// everybody's own unless the server wrote them.
func showHTTP(w *httptest.ResponseRecorder) string {
	var lines []string
	for line := range strings.Lines(w.Body.String()) {
		lines = append(lines, plainJSON(line))
	}
	body := strings.Join(lines, "\n")
	if w.Code >= 400 && !strings.Contains(body, "asked for") && !strings.Contains(body, "in the middle") {
		body = ""
	}
	return fmt.Sprintf("%d %s %s %s", w.Code, w.Header().Get("Content-Type"), w.Header().Get("Grpc-Metadata-X-Shown"), body)
}

func TestGRPCGateway(t *testing.T) {
	const (
		method     = "grpc-gateway says 501 for a method that a path does not have; RFC 9110 has 405 for it"
		strict     = "grpc-gateway takes a segment that is empty for a value; the grammar's segments have text"
		null       = "grpc-gateway writes null for a list without elements"
		touched    = "grpc-gateway makes a message of which a name in the query begins with its name, and nothing is in it"
		noType     = "grpc-gateway writes no Content-Type where a stream has no replies"
		httpBody   = "grpc-gateway wants a google.api.HttpBody in a request as JSON; google/api/httpbody.proto says that it is the body"
		unusedBody = "grpc-gateway skips a body that the rule has no place for; we say so"
	)
	l, theirs, mine := startLibrary(t)
	for _, c := range []struct {
		name, verb, url, body string
		headers               []string
		differs               string
	}{
		{name: "one segment", verb: "GET", url: "/v1/shelves/1"},
		{name: "several segments", verb: "GET", url: "/v1/shelves/1/books/2/3"},
		{name: "no segments of **", verb: "GET", url: "/v1/shelves/1/books", differs: null},
		{name: "no segments of **, slash", verb: "GET", url: "/v1/shelves/1/books/"},
		{name: "additional binding", verb: "GET", url: "/v1/users/7/messages/m?tags=a&tags=b"},
		{name: "no number in the path", verb: "GET", url: "/v1/users/x/messages/m"},
		{name: "out of range", verb: "GET", url: "/v1/users/9223372036854775808/messages/m"},
		{name: "largest", verb: "GET", url: "/v1/users/9223372036854775807/messages/m"},
		{name: "body of a field", verb: "POST", url: "/v1/shelves/1/books?user_id=3", body: `{"title": "t", "author": {"firstName": "f"}}`},
		{name: "body of a field and the query in it", verb: "POST", url: "/v1/shelves/1/books?book.title=q", body: `{"title": "t"}`},
		{name: "variable in the body", verb: "PATCH", url: "/v1/shelves/1/books/2?mask=title", body: `{"title": "t"}`},
		{name: "body *", verb: "PUT", url: "/v1/messages/m?user_id=4", body: `{"userId": "5", "messageId": "other"}`},
		{name: "verb", verb: "POST", url: "/v1/shelves/1/books/2:move", body: `{"flag": true}`},
		{name: "other verb", verb: "POST", url: "/v1/shelves/1/books/2:other", body: `{}`, differs: method},
		{name: "response_body", verb: "GET", url: "/v1/shelves/1/books?tags=x&tags=y"},
		{name: "delete", verb: "DELETE", url: "/v1/books/5"},
		{name: "delete with a body", verb: "DELETE", url: "/v1/books/5", body: `{"x": 1}`, differs: unusedBody},
		{name: "scalars", verb: "GET", url: "/v1/search?flag=true&ratio=1.5&color=BLUE&numbers=1&numbers=2&data=aGk%3D&maybe=0"},
		{name: "enum by number", verb: "GET", url: "/v1/search?color=2&colors=1&colors=BLUE"},
		{name: "unknown enum", verb: "GET", url: "/v1/search?color=GREEN"},
		{name: "bool as 1", verb: "GET", url: "/v1/search?flag=1"},
		{name: "no bool", verb: "GET", url: "/v1/search?flag=x"},
		{name: "well-known types", verb: "GET", url: "/v1/search?time=2020-01-02T03:04:05Z&duration=1.5s&mask=user_id,book.author.first_name&wrapped=w&number=5"},
		{name: "wrong time", verb: "GET", url: "/v1/search?time=today"},
		{name: "nested", verb: "GET", url: "/v1/search?book.author.first_name=a&book.author.born=1900"},
		{name: "names of JSON", verb: "GET", url: "/v1/search?userId=3&book.author.firstName=a"},
		{name: "unknown names", verb: "GET", url: "/v1/search?nobody=1&book.nobody=2", differs: touched},
		{name: "map", verb: "GET", url: "/v1/search?labels[a]=b&labels[c.d]=e"},
		{name: "oneof", verb: "GET", url: "/v1/search?first=1"},
		{name: "both of a oneof", verb: "GET", url: "/v1/search?first=1&second=2"},
		{name: "given twice", verb: "GET", url: "/v1/search?name=1&name=2"},
		{name: "message as a value", verb: "GET", url: "/v1/search?book=x"},
		{name: "enum, bool and list in a path", verb: "GET", url: "/v1/search/RED/true/1,2"},
		{name: "escapes in a segment", verb: "GET", url: "/v1/users/1/messages/a%2Fb%20c%3F"},
		{name: "escapes in several", verb: "GET", url: "/v1/shelves/1/books/a%2Fb%20c/d"},
		{name: "plus in a query", verb: "GET", url: "/v1/search?name=a+b%2Bc"},
		{name: "empty value", verb: "GET", url: "/v1/search?name="},
		{name: "empty segment", verb: "GET", url: "/v1/users//messages/m", differs: strict},
		{name: "empty text segment", verb: "GET", url: "/v1/users/1/messages/", differs: strict},
		{name: "no route", verb: "GET", url: "/v2"},
		{name: "no route but another method", verb: "POST", url: "/v1/search", differs: method},
		{name: "no JSON", verb: "PUT", url: "/v1/messages/m", body: `{`},
		{name: "wrong type in JSON", verb: "PUT", url: "/v1/messages/m", body: `{"flag": 1}`},
		{name: "empty body", verb: "PUT", url: "/v1/messages/m"},
		{name: "metadata", verb: "GET", url: "/v1/search", headers: []string{"Grpc-Metadata-X-Given: a", "Authorization: Bearer x"}},
		{name: "stream", verb: "GET", url: "/v1/watch/m?user_id=2"},
		{name: "empty stream", verb: "GET", url: "/v1/watch/m", differs: noType},
		{name: "error in a stream", verb: "GET", url: "/v1/watch/m?user_id=1&fail=9"},
		{name: "error instead of a stream", verb: "GET", url: "/v1/watch/m?fail=5"},
		{name: "HttpBody", verb: "POST", url: "/v1/upload", body: "text", headers: []string{"Content-Type: text/csv"}, differs: httpBody},
		{name: "client stream", verb: "POST", url: "/v1/collect", body: `{"name": "a"} {"tags": ["b"]}`},
		{name: "head", verb: "HEAD", url: "/v1/search?name=x"},
		{name: "form", verb: "GET", url: "/v1/search?name=x&user_id=%205"},
		{name: "fieldmask of one", verb: "GET", url: "/v1/search?mask="},
	} {
		t.Run(c.name, func(t *testing.T) {
			run := func(h http.Handler) string {
				var body io.Reader
				if c.body != "" {
					body = strings.NewReader(c.body)
				}
				r := httptest.NewRequest(c.verb, "http://host"+c.url, body)
				for _, header := range c.headers {
					name, value, _ := strings.Cut(header, ": ")
					r.Header.Set(name, value)
				}
				w := httptest.NewRecorder()
				h.ServeHTTP(w, r)
				return "received " + l.take() + "\nanswer " + showHTTP(w)
			}
			got, want := run(mine), run(theirs)
			switch {
			case got != want && c.differs == "":
				t.Errorf("ours\n%s\nbut grpc-gateway\n%s", got, want)
			case got == want && c.differs != "":
				t.Errorf("the same, but a difference is listed: %s\n%s", c.differs, got)
			}
		})
	}
}

// TestStatusCodes compares the HTTP status of each gRPC status, and the body of the error.
func TestStatusCodes(t *testing.T) {
	_, theirs, mine := startLibrary(t)
	for code := 1; code <= 18; code++ {
		var answers []string
		for _, h := range []http.Handler{mine, theirs} {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, fmt.Sprintf("http://host/v1/search?fail=%d", code), nil))
			answers = append(answers, showHTTP(w))
		}
		if answers[0] != answers[1] {
			t.Errorf("code %d: %s, from grpc-gateway %s", code, answers[0], answers[1])
		}
	}
}
