package run

import (
	"slices"
	"strings"

	"github.com/idlcall/idlcall/pkg/yamldoc"
)

// mask stands for a credential in what failures show.
const mask = "********"

// minSecret is the length of the shortest credential that is masked: a shorter one is no
// secret, and would be found everywhere.
const minSecret = 4

// hide keeps credentials out of the failures of this step and of those after it.
func (x *running) hide(list []string) {
	for _, secret := range list {
		if len(secret) >= minSecret && !slices.Contains(x.secrets, secret) {
			x.secrets = append(x.secrets, secret)
		}
	}
	slices.SortStableFunc(x.secrets, func(a, b string) int { return len(b) - len(a) })
}

// masked are failures without credentials, also where JSON has them in quotes.
func (x *running) masked(list []Failure) []Failure {
	if len(x.secrets) == 0 {
		return list
	}
	var pairs []string
	for _, secret := range x.secrets {
		quoted := string(yamldoc.AppendString(nil, secret))
		pairs = append(pairs, secret, mask, quoted[1:len(quoted)-1], mask)
	}
	replacer := strings.NewReplacer(pairs...)
	for i := range list {
		f := &list[i]
		f.Message = replacer.Replace(f.Message)
		for k := range f.Seen {
			f.Seen[k] = replacer.Replace(f.Seen[k])
		}
	}
	return list
}
