package serve

import "net/http"

// shared lets pages of Server.Origin use an answer, and answers the questions that browsers
// ask before a request (fetch.spec.whatwg.org, "CORS protocol"). It reports whether the
// request was such a question.
func (s *Server) shared(x *exchange) bool {
	origin := x.asked.origin
	asks := x.asked.method == http.MethodOptions && x.asked.get("access-control-request-method") != ""
	if origin == "" || s.Origin == nil || !s.Origin(origin) {
		if asks {
			_ = x.begin(http.StatusForbidden, true, true)
		}
		return asks
	}
	x.set("vary", "Origin")
	x.set("access-control-allow-origin", origin)
	if !asks {
		x.set("access-control-expose-headers", "*") // all but those of credentials
		return false
	}
	x.set("access-control-allow-methods", "GET, POST")
	if names := x.asked.get("access-control-request-headers"); names != "" {
		x.set("access-control-allow-headers", names)
	}
	x.set("access-control-max-age", "7200")
	_ = x.begin(http.StatusNoContent, true, true)
	return true
}
