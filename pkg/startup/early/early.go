package early

import "github.com/idlcall/idlcall/pkg/startup"

//nolint:gochecknoinits // it has to come before the inits of other packages, not before main
func init() {
	startup.GrowStack()
	startup.Narrow()
}
