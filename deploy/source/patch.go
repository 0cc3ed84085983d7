package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// patch is a file of deploy/patches.
type patch struct {
	name            string // of the file
	text            []byte
	module, version string   // that it was made for
	files           []string // that it changes, with slashes, from the root of the module
	made            []string // those of files that the module does not have
}

// readPatches reads all patches of dir, in the order of their names.
func readPatches(dir string) ([]patch, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.patch"))
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("%s has no patches", dir)
	}
	all := make([]patch, 0, len(names))
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		p, err := parsePatch(filepath.Base(name), text)
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}

// parsePatch reads "Module: PATH VERSION" in the text before the first diff, and names of files.
func parsePatch(name string, text []byte) (patch, error) {
	// A checkout of Windows may have changed the ends of lines.
	p := patch{name: name, text: bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))}
	lines := bufio.NewScanner(bytes.NewReader(p.text))
	lines.Buffer(nil, len(p.text)+1)
	for lines.Scan() {
		line := lines.Text()
		if module, ok := strings.CutPrefix(line, "Module: "); ok && len(p.files) == 0 {
			p.module, p.version, _ = strings.Cut(module, " ")
		}
		if rest, ok := strings.CutPrefix(line, "diff --git a/"); ok {
			file, _, _ := strings.Cut(rest, " b/")
			if !filepath.IsLocal(file) {
				return p, fmt.Errorf("%s: %q is no file of a module", name, file)
			}
			p.files = append(p.files, file)
		}
		if strings.HasPrefix(line, "new file mode ") && len(p.files) > 0 {
			p.made = append(p.made, p.files[len(p.files)-1])
		}
	}
	if err := lines.Err(); err != nil {
		return p, fmt.Errorf("%s: %w", name, err)
	}
	if p.module == "" || p.version == "" {
		return p, fmt.Errorf(`%s: no line "Module: PATH VERSION" before the first diff`, name)
	}
	if len(p.files) == 0 {
		return p, fmt.Errorf("%s: no diff in the form of git", name)
	}
	return p, nil
}

// apply copies the files that p changes from the module cache to work, below the path of their
// module, where an earlier patch has not, and changes them.
func (p *patch) apply(root, work string) error {
	cache, err := p.locate(root)
	if err != nil {
		return err
	}
	to := filepath.Join(work, filepath.FromSlash(p.module))
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	before := make([][]byte, len(p.files))
	for i, file := range p.files {
		path, original := filepath.Join(to, filepath.FromSlash(file)), filepath.Join(cache, filepath.FromSlash(file))
		if slices.Contains(p.made, file) {
			if _, err := os.Stat(original); err == nil {
				return fmt.Errorf("%s: %s is in %s %s already", p.name, file, p.module, p.version)
			}
			continue
		}
		if _, err := os.Stat(path); err != nil {
			if err := copyFile(original, path); err != nil {
				return fmt.Errorf("%s: %w", p.name, err)
			}
		}
		if before[i], err = os.ReadFile(path); err != nil {
			return err
		}
	}
	if _, err := output(to, gitEnv(to), bytes.NewReader(p.text), "git", "apply", "--whitespace=nowarn", "-"); err != nil {
		return fmt.Errorf("%s does not apply to %s %s: %w", p.name, p.module, p.version, err)
	}
	for i, file := range p.files {
		after, err := os.ReadFile(filepath.Join(to, filepath.FromSlash(file)))
		if err != nil {
			return err
		}
		if bytes.Equal(before[i], after) {
			return fmt.Errorf("%s: git apply left %s as it was", p.name, file)
		}
	}
	return nil
}

// locate is the directory of the module in the module cache, if go.mod has the version that p
// was made for.
func (p *patch) locate(root string) (string, error) {
	out, err := goTool(root, "list", "-m", "-f", "{{.Version}}\t{{.Dir}}", p.module)
	if err != nil {
		return "", fmt.Errorf("%s: %w", p.name, err)
	}
	version, dir, _ := strings.Cut(out, "\t")
	if version != p.version {
		return "", fmt.Errorf("%s was made for %s %s, and go.mod has %s: make it anew for that version, or remove it where the module has the change (see deploy/patches/README.md)",
			p.name, p.module, p.version, version)
	}
	if dir == "" {
		if _, err := goTool(root, "mod", "download", p.module); err != nil {
			return "", err
		}
		return goTool(root, "list", "-m", "-f", "{{.Dir}}", p.module)
	}
	return dir, nil
}

// among reports whether one of paths is a file that p changes.
func (p *patch) among(paths []string) bool {
	return slices.ContainsFunc(p.files, func(file string) bool { return slices.Contains(paths, p.module+"/"+file) })
}

// gitEnv is an environment in which git finds no repository around dir: in one, git apply skips the
// files of a patch that are not below its root, and says nothing. Settings of users do not count.
func gitEnv(dir string) []string {
	env := slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "GIT_") })
	return append(env, "GIT_CEILING_DIRECTORIES="+filepath.Dir(dir), "GIT_CONFIG_NOSYSTEM=1", "LC_ALL=C", "GIT_CONFIG_GLOBAL="+os.DevNull)
}
