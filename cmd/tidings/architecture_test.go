package main

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// rooms is the plan of the house: what each package may import of the others.
// Arrows go down only, and siblings don't know each other.
var rooms = map[string][]string{
	"tidings":                                 {},
	"tidings/web":                             {"words"},
	"tidings/internal/words":                  {},
	"tidings/internal/feed":                   {},
	"tidings/internal/sanitize":               {"feed"},
	"tidings/internal/parse":                  {"feed"},
	"tidings/internal/clean":                  {"feed", "parse", "sanitize"},
	"tidings/internal/article":                {"feed", "parse", "sanitize"},
	"tidings/internal/fetch":                  {"feed"},
	"tidings/internal/picture":                {"feed", "fetch"},
	"tidings/internal/schedule":               {"feed"},
	"tidings/internal/schedule/simulate":      {"feed", "schedule"}, // an invented web to measure schedules; nothing of the product runs by it
	"tidings/internal/schedule/simulate/year": {"schedule/simulate"},
	"tidings/internal/dedup":                  {"feed"},
	"tidings/internal/opml":                   {"feed"},
	"tidings/internal/compare":                {"feed"},
	"tidings/internal/archive":                {"feed"},
	"tidings/internal/publish":                {"feed"},
	"tidings/internal/push":                   {"feed"},
	"tidings/internal/websub":                 {"feed"},
	"tidings/internal/metrics":                {"feed"},
	"tidings/internal/demo":                   {"feed"},
	"tidings/internal/boltstore":              {"feed"},
	"tidings/internal/storetest":              {"feed"},
	"tidings/internal/control":                {"feed", "archive"},
	"tidings/internal/measure":                {"feed", "dedup"}, // scores the engine; nothing of the product runs by it
	"tidings/internal/measure/learn":          {"measure"},
	"tidings/internal/measure/page":           {"feed", "boltstore", "server"}, // weighs and times pages; nothing of the product runs by it
	"tidings/internal/fill":                   {"feed", "boltstore"},           // makes full houses to measure; nothing of the product runs by it
	"tidings/internal/poller":                 {"feed", "schedule", "archive", "fetch", "parse", "clean", "article", "sanitize", "dedup", "opml", "picture"},
	"tidings/internal/server":                 {"feed", "publish", "opml", "compare", "words", "picture", "web"},
	"tidings/cmd/tidings":                     nil, // knows all
}

// keepers are the only packages that may import a technology.
var keepers = map[string]string{
	"github.com/mmcdole/gofeed":            "tidings/internal/parse",
	"github.com/gorilla/feeds":             "tidings/internal/publish",
	"go.etcd.io/bbolt":                     "tidings/internal/boltstore",
	"github.com/microcosm-cc/bluemonday":   "tidings/internal/sanitize",
	"code.dny.dev/ssrf":                    "tidings/internal/fetch",
	"golang.org/x/image":                   "tidings/internal/picture",
	"golang.org/x/crypto/argon2":           "tidings/internal/server",
	"github.com/schollz/progressbar/v3":    "tidings/cmd/tidings",
	"github.com/fxamacker/cbor/v2":         "tidings/internal/boltstore",
	"github.com/klauspost/compress/gzhttp": "tidings/internal/server",
	"github.com/prometheus/client_golang":  "tidings/internal/metrics",
	"github.com/rivo/uniseg":               "tidings/internal/compare",
	"codeberg.org/readeck/go-readability":  "tidings/internal/article",
	"github.com/leonelquinteros/gotext":    "tidings/internal/words",
}

type listed struct {
	ImportPath string
	Imports    []string
}

func packages(t *testing.T) []listed {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports", "./...")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var ps []listed
	for dec := json.NewDecoder(strings.NewReader(string(out))); dec.More(); {
		var p listed
		if err := dec.Decode(&p); err != nil {
			t.Fatal(err)
		}
		ps = append(ps, p)
	}
	return ps
}

func TestRoomsImportWhatThePlanSays(t *testing.T) {
	for _, p := range packages(t) {
		allowed, planned := rooms[p.ImportPath]
		if !planned {
			t.Errorf("%s is not in the plan", p.ImportPath)
		}
		for _, imp := range p.Imports {
			ours := imp == "tidings" || strings.HasPrefix(imp, "tidings/")
			short := strings.TrimPrefix(strings.TrimPrefix(imp, "tidings/"), "internal/")
			if ours && p.ImportPath != "tidings/cmd/tidings" && !slices.Contains(allowed, short) {
				t.Errorf("%s imports %s, which the plan doesn't allow", p.ImportPath, imp)
			}
			if p.ImportPath == "tidings/internal/feed" && strings.Contains(imp, ".") {
				t.Errorf("feed imports %s; it may import the standard library only", imp)
			}
			for tech, keeper := range keepers {
				if (imp == tech || strings.HasPrefix(imp, tech+"/")) && p.ImportPath != keeper {
					t.Errorf("%s imports %s; only %s may", p.ImportPath, imp, keeper)
				}
			}
		}
	}
}

// TestOnlySanitizeMakesHTML looks for conversions to feed.HTML. A store may bring
// sanitised HTML back, and nobody else may make any.
func TestOnlySanitizeMakesHTML(t *testing.T) {
	makers := []string{"internal/sanitize/", "internal/boltstore/", "internal/fill/"}
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.Contains(path, "storetest") {
			return err
		}
		for _, m := range makers {
			if strings.Contains(filepath.ToSlash(path), m) {
				return nil
			}
		}
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			sel, ok := call.Fun.(*ast.SelectorExpr)
			if ok && sel.Sel.Name == "HTML" {
				if x, ok := sel.X.(*ast.Ident); ok && x.Name == "feed" {
					t.Errorf("%s makes a feed.HTML; only package sanitize may", fset.Position(call.Pos()))
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
