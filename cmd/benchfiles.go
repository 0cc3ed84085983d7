package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/idlcall/idlcall/pkg/bench"
	benchreport "github.com/idlcall/idlcall/pkg/bench/report"
)

// newBenchMerge is "bench merge".
func newBenchMerge(std streams) *cobra.Command {
	reports := reportFlags{}
	failIf := []string{}
	c := &cobra.Command{
		Use:   "merge FILE... [flags]",
		Short: "Add up what several processes measured",
		Long: `Add up reports of several processes that called one method (--report hdr, or json), as if
one had made all calls: counts and times add up without loss. A FILE may have several
logs, one after the other; - is stdin. 'idlcall help load' shows it on many machines.
`,
		Example: `  idlcall bench merge a.hdr b.hdr c.hdr
  kubectl logs -l job-name=load --tail=-1 | idlcall bench merge - --report html=load.html`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return &usageError{err: errors.New("missing FILE"), hint: "usage: " + c.UseLine()}
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			return runBenchMerge(c.Context(), std, args, &reports, failIf)
		},
	}
	reports.bind(c)
	listVar(c.Flags(), &failIf, "fail-if", "", "exit with code 8 if `'FIGURE>BOUND'`, or <, is true of the sum")
	return c
}

func runBenchMerge(ctx context.Context, std streams, files []string, flags *reportFlags, failIf []string) error {
	ctx, stop := std.life.bound(ctx, 0)
	defer stop()
	reports, err := flags.parse()
	if err != nil {
		return err
	}
	thresholds, err := (&benchOptions{failIf: failIf}).thresholds()
	if err != nil {
		return err
	}
	var results []*bench.Result
	for _, name := range files {
		read, err := readResults(ctx, std, name)
		if err != nil {
			return err
		}
		results = append(results, read...)
	}
	sum, err := bench.Merge(results)
	if err != nil {
		return &dataError{err}
	}
	if err := writeReports(std, reports, sum); err != nil {
		return err
	}
	return judged(ctx, sum, thresholds)
}

// readResults reads the reports of a file.
func readResults(ctx context.Context, std streams, name string) ([]*bench.Result, error) {
	in := std.in
	if name == "-" {
		name = "stdin"
	} else {
		in = &inputFile{name: name}
	}
	if f, ok := in.(io.Closer); ok && name != "stdin" {
		defer f.Close()
	}
	var errs []string
	read, err := await(ctx, func() (read []*bench.Result, err error) {
		read, errs, err = benchreport.Read(in)
		return read, err
	})
	if err != nil {
		if path, ok := errors.AsType[*os.PathError](err); ok {
			err = path.Err
		}
		return nil, &dataError{fmt.Errorf("report %s: %w", name, err)}
	}
	if len(errs) > 0 {
		fmt.Fprintf(std.err, "warning: report %s: %d of the processes ended with an error; the first: %s\n", name, len(errs), visible(strings.TrimPrefix(errs[0], "error: ")))
	}
	return read, nil
}

// newBenchDiff is "bench diff".
func newBenchDiff(std streams) *cobra.Command {
	asJSON := false
	c := &cobra.Command{
		Use:   "diff A B [flags]",
		Short: "Hold a report against an earlier one",
		Long: `Hold report B against report A (--report json, or hdr): how much each figure has changed, and
the bounds between which the change lies with 95 % confidence, as far as the parts of the two
loads tell. A change whose bounds have 0 between them may be chance. The bounds know nothing of
what was different between the two loads as a whole, such as another machine or hour.
`,
		Example: `  idlcall bench localhost:50051 Users/Get -d '{"id": 7}' --report json=before.json
  idlcall bench localhost:50051 Users/Get -d '{"id": 7}' --report json=after.json
  idlcall bench diff before.json after.json`,
		Args: arguments(2, "A", "B"),
		RunE: func(c *cobra.Command, args []string) error {
			return runBenchDiff(c.Context(), std, args[0], args[1], asJSON)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON; times are in seconds")
	return c
}

func runBenchDiff(ctx context.Context, std streams, a, b string, asJSON bool) error {
	ctx, stop := std.life.bound(ctx, 0)
	defer stop()
	var both [2]*bench.Result
	for i, name := range []string{a, b} {
		read, err := readResults(ctx, std, name)
		if err != nil {
			return err
		}
		if both[i], err = bench.Merge(read); err != nil {
			return &dataError{fmt.Errorf("report %s: %w", name, err)}
		}
	}
	list, err := bench.Compare(both[0], both[1])
	if err != nil {
		return &dataError{err}
	}
	tellUnlike(std.err, both[0], both[1])
	if asJSON {
		return asOutput(benchreport.WriteDiffJSON(std.out, list))
	}
	return asOutput(benchreport.WriteDiff(std.out, list))
}

// tellUnlike warns of loads that are not alike.
func tellUnlike(w io.Writer, a, b *bench.Result) {
	for _, x := range []struct{ what, a, b string }{
		{"method", a.Method, b.Method}, {"transport", a.Transport, b.Transport}, {"load", planText(a.Plan), planText(b.Plan)},
	} {
		if x.a != x.b {
			fmt.Fprintf(w, "warning: not the same %s: %s, and %s\n", x.what, visible(x.a), visible(x.b))
		}
	}
}

func planText(p bench.Plan) string {
	text := fmt.Sprint(p.Stages)
	if p.Calls > 0 {
		text += fmt.Sprintf(" %d calls", p.Calls)
	}
	return text
}
