package archive

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// settingNames are the constants of the program that name settings, or begin their
// names: string constants that are called so.
func settingNames(t *testing.T) map[string]string {
	t.Helper()
	names := map[string]string{}
	err := filepath.WalkDir("../..", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(f, func(n ast.Node) bool {
			v, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			for i, id := range v.Names {
				if i < len(v.Values) && (strings.Contains(strings.ToLower(id.Name), "setting") && id.Name != "fileSettings" || id.Name == "PreferencePrefix") {
					if l, ok := v.Values[i].(*ast.BasicLit); ok && l.Kind == token.STRING {
						name, _ := strconv.Unquote(l.Value)
						names[name] = path + ": " + id.Name
					}
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// Whoever brings a new setting decides whether it leaves.
func TestEverySettingHasAFate(t *testing.T) {
	names := settingNames(t)
	if len(names) < 15 {
		t.Errorf("only %d settings were found: %v", len(names), names)
	}
	for name, where := range names {
		if fateOf(name) == unheard {
			t.Errorf("nobody has said whether the setting %q leaves with an archive (%s): say so in fateOf", name, where)
		}
	}
	for name, want := range map[string]fate{"password": staysAlone, "session/x": staysAlone, "picture-key": staysAlone, "feed-key": onDemand, "feed-salt/x": onDemand,
		"feed-secret": onDemand, "feed-id": carried, "fold": carried, "fold/feed/1": carried, "lead/folder/x": carried, "timetable": carried, "folding": unheard} {
		if got := fateOf(name); got != want {
			t.Errorf("%s: %d, want %d", name, got, want)
		}
	}
}
