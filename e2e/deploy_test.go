package e2e

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// kubernetesSchemas is a module that has the OpenAPI documents of Kubernetes.
const kubernetesSchemas = "sigs.k8s.io/kubectl-validate@v0.0.4"

// TestManifests holds the manifests of deploy against the schemas of Kubernetes 1.30, and one with
// mistakes, too.
func TestManifests(t *testing.T) {
	t.Parallel()
	download := exec.Command("go", "mod", "download", "-json", kubernetesSchemas)
	download.Dir = t.TempDir()
	download.Env = append(os.Environ(), "GOWORK=off")
	out, err := download.Output()
	if err != nil {
		t.Fatal(err, stderrOf(err))
	}
	var module struct{ Dir string }
	if err := json.Unmarshal(out, &module); err != nil {
		t.Fatal(err)
	}
	validate := func(manifests ...string) (string, error) {
		python := exec.Command("/usr/bin/python3", append([]string{
			filepath.Join("testdata", "kubernetes", "validate.py"), filepath.Join(module.Dir, "pkg", "openapiclient", "builtins", "1.30"),
		}, manifests...)...)
		out, err := python.CombinedOutput()
		return string(out), err
	}
	if os.Getenv("CI") == "" && exec.Command("/usr/bin/python3", "-c", "import jsonschema, yaml").Run() != nil {
		t.Skip("no jsonschema and yaml for Python")
	}
	manifests, err := filepath.Glob(filepath.Join("..", "deploy", "*.yaml"))
	if err != nil || len(manifests) == 0 {
		t.Fatalf("%d manifests, %v", len(manifests), err)
	}
	if out, err := validate(manifests...); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	text, err := os.ReadFile(manifests[0])
	if err != nil {
		t.Fatal(err)
	}
	wrong := filepath.Join(t.TempDir(), "wrong.yaml")
	mistaken := strings.NewReplacer("completions: 10", "completions: ten", "restartPolicy:", "restartPolice:").Replace(string(text))
	if err := os.WriteFile(wrong, []byte(mistaken), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := validate(wrong); err == nil || !strings.Contains(out, "Job: 2 mistakes") {
		t.Errorf("a manifest with two mistakes: %v\n%s", err, out)
	}
}
