package serve

import "net/http"

// shared lets pages of Server.Origin use an answer, and answers the questions that browsers
// ask before a request (fetch.spec.whatwg.org, "CORS protocol"). It reports whether the
// request was such a question.
func (s *Server) shared(w http.ResponseWriter, req *http.Request) bool {
	origin := req.Header.Get("Origin")
	asks := req.Method == http.MethodOptions && req.Header.Get("Access-Control-Request-Method") != ""
	if origin == "" || s.Origin == nil || !s.Origin(origin) {
		if asks {
			w.WriteHeader(http.StatusForbidden)
		}
		return asks
	}
	h := w.Header()
	h.Add("Vary", "Origin")
	h.Set("Access-Control-Allow-Origin", origin)
	if !asks {
		h.Set("Access-Control-Expose-Headers", "*") // all but those of credentials
		return false
	}
	h.Set("Access-Control-Allow-Methods", "GET, POST")
	if names := req.Header.Get("Access-Control-Request-Headers"); names != "" {
		h.Set("Access-Control-Allow-Headers", names)
	}
	h.Set("Access-Control-Max-Age", "7200")
	w.WriteHeader(http.StatusNoContent)
	return true
}
