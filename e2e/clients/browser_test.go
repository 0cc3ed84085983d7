package clients

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/idlcall/idlcall/e2e/peer"
)

// browserOnCommand has headless Chromium call the server from a page of another origin, with
// connect-web.
func browserOnCommand(t *testing.T, address, proto string) {
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	page, err := peer.Bundle(filepath.Join("..", "testdata", "browser"), "page.js")
	if err != nil {
		t.Fatal(err)
	}
	set := filepath.Join(t.TempDir(), "set.binpb")
	if out, err := exec.Command("protoc", "-I", filepath.Dir(proto), "-o", set, "--include_imports", proto).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	results := make(chan string, 1)
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, `<!doctype html><script type="module" src="/page.js"></script>`)
	})
	mux.HandleFunc("/page.js", func(w http.ResponseWriter, req *http.Request) { http.ServeFile(w, req, page) })
	mux.HandleFunc("/set", func(w http.ResponseWriter, req *http.Request) { http.ServeFile(w, req, set) })
	mux.HandleFunc("/result", func(_ http.ResponseWriter, req *http.Request) {
		text, _ := io.ReadAll(req.Body)
		results <- string(text)
	})
	site := httptest.NewServer(mux)
	defer site.Close()
	profile, err := os.MkdirTemp("", "chromium") //nolint:usetesting // it writes there for a while when it has ended
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(profile)
	browser := exec.Command(chromium, "--headless=new", "--no-sandbox", "--disable-gpu", "--user-data-dir="+profile,
		"--remote-debugging-port=0", site.URL+"/?server="+url.QueryEscape("http://"+address))
	if err := browser.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = browser.Process.Kill()
		_ = browser.Wait()
	}()
	want := "Connect: hi many\nConnect, binary: hi many\ngRPC-Web: hi many\n404 unimplemented"
	select {
	case got := <-results:
		if got != want {
			t.Errorf("%s\nwant\n%s", got, want)
		}
	case <-time.After(3 * patience):
		t.Error("the page does not answer")
	}
}
