package peer

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// webFault answers a request of gRPC-Web.
type webFault func(w http.ResponseWriter)

const (
	webType  = "application/grpc-web+proto"
	grpcType = "application/grpc"
	htmlType = "text/html"
)

// webFaults are answers of gRPC-Web that are odd or wrong, over HTTP/1.1 and, with _H2,
// over HTTP/2.
var webFaults = map[string]webFault{
	// CLOSE ends the connection after a reply.
	"CLOSE": func(w http.ResponseWriter) {
		webReply(w, webType, prefixed(encodeReply("before", 0, 0, nil)))
		panic(http.ErrAbortHandler)
	},
	// HEADERSTATUS has a status in the header, and a body with another.
	"HEADERSTATUS": func(w http.ResponseWriter) {
		w.Header().Set("Grpc-Status", "0")
		webReply(w, webType, prefixed(encodeReply("here", 0, 0, nil)), webTrailer("grpc-status: 9\r\ngrpc-message: late\r\n"))
	},
	// HEADERONLY has a status in the header and no body; HEADERFLUSHED ends the
	// body in a piece of its own.
	"HEADERONLY": func(w http.ResponseWriter) {
		w.Header().Set("Grpc-Status", "5")
		w.Header().Set("Grpc-Message", "not here")
		w.Header().Set("Content-Type", webType)
	},
	"HEADERFLUSHED": func(w http.ResponseWriter) {
		w.Header().Set("Grpc-Status", "5")
		w.Header().Set("Grpc-Message", "not here")
		webReply(w, webType)
		time.Sleep(20 * time.Millisecond) // for the header to go first
	},
	// BEHIND goes on behind its trailer, OPEN does not end.
	"BEHIND": func(w http.ResponseWriter) {
		webReply(w, webType, webTrailer("grpc-status: 0\r\n"), prefixed(nil))
	},
	"OPEN": func(w http.ResponseWriter) {
		webReply(w, webType, prefixed(encodeReply("all", 0, 0, nil)), webTrailer("grpc-status: 0\r\n"))
		stall()
	},
	// HTML begins a page and stalls; HTML404 does not even begin it.
	"HTML": func(w http.ResponseWriter) {
		webReply(w, htmlType, []byte("<html>"))
		stall()
	},
	"HTML404": func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", htmlType)
		w.WriteHeader(http.StatusNotFound)
		webReply(w, htmlType)
		stall()
	},
	// PAGE and DENIED are what proxies answer: a page, and a JSON error, of several
	// lines. BUSY says so in gRPC's own content types, but for the status.
	"PAGE": func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", htmlType)
		w.WriteHeader(http.StatusBadGateway)
		_, _ = io.WriteString(w, "<html>\r\n<head><title>502\tBad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>"+
			strings.Repeat("proxy ", 30)+"</center>\r\n</body>\r\n</html>\r\n")
	},
	"DENIED": func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, "{\n  \"error\": {\n    \"code\": 403,\n    \"message\": \"no \\u001b[31mkey\"\n  }\n}\n")
	},
	"BUSY": func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", webType)
		w.Header().Set("Grpc-Message", "too%20busy")
		w.WriteHeader(http.StatusServiceUnavailable)
	},
	"GRPCBUSY": func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", grpcType)
		w.Header().Set("Grpc-Message", "too%20busy")
		w.WriteHeader(http.StatusServiceUnavailable)
	},
	// JSONCODEC and GRPCJSONCODEC answer in another codec; WORDS and GRPCWORDS have a
	// message, but no status.
	"JSONCODEC": func(w http.ResponseWriter) {
		webReply(w, "application/grpc-web+json", prefixed([]byte(`{"text":"x"}`)), webTrailer("grpc-status: 0\r\n"))
	},
	"GRPCJSONCODEC": func(w http.ResponseWriter) {
		webReply(w, "application/grpc+json; charset=utf-8", prefixed([]byte(`{"text":"x"}`)))
		w.Header().Set(http.TrailerPrefix+"Grpc-Status", "0")
	},
	"WORDS": func(w http.ResponseWriter) { webReply(w, webType, webTrailer("grpc-message: half%20a status\r\n")) },
	"GRPCWORDS": func(w http.ResponseWriter) {
		webReply(w, grpcType)
		w.Header().Set(http.TrailerPrefix+"Grpc-Message", "half%20a status")
	},
	// CODECSTATUS has another codec, but nothing in it, and a status in the trailer.
	"CODECSTATUS": func(w http.ResponseWriter) {
		webReply(w, "application/grpc+json")
		w.Header().Set(http.TrailerPrefix+"Grpc-Status", "5")
		w.Header().Set(http.TrailerPrefix+"Grpc-Message", "not here")
	},
}

// stall waits for longer than any script does.
func stall() { time.Sleep(20 * time.Second) }

// webReply writes the pieces of a body, each at once.
func webReply(w http.ResponseWriter, contentType string, pieces ...[]byte) {
	w.Header().Set("Content-Type", contentType)
	flush := http.NewResponseController(w)
	_ = flush.Flush()
	for _, piece := range pieces {
		_, _ = w.Write(piece)
		_ = flush.Flush()
	}
}

// webTrailer is the trailer as gRPC-Web has it in the body.
func webTrailer(lines string) []byte {
	framed := prefixed([]byte(lines))
	framed[0] = 0x80
	return framed
}

// startWebFaults starts servers for each fault, WEBFAULT_NAME and WEBFAULT_NAME_H2.
func (p *Peers) startWebFaults() error {
	for name, do := range webFaults {
		h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			do(w)
		})
		if err := p.listen("WEBFAULT_"+name, func(l net.Listener) { http1(l, h) }); err != nil {
			return err
		}
		if err := p.listen("WEBFAULT_"+name+"_H2", func(l net.Listener) { http2Cleartext(l, h) }); err != nil {
			return err
		}
	}
	return p.listen("HALFLINE", func(l net.Listener) { replier(l, fmt.Sprintf("%c%c what is this", 1, 2)) })
}
