package clean

import (
	"bufio"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tidings/internal/feed"
	"tidings/internal/parse"
)

var update = flag.Bool("update", false, "write the goldens anew")

// base is the address that all fixtures come from.
const base = "https://feeds.example/dir/feed.xml"

// cleaned is all that becomes of a document.
type cleaned struct {
	Feed  feed.Document `json:"feed"`
	Items []cleanedItem `json:"items"`
}

type cleanedItem struct {
	Entry feed.Entry `json:"entry"`
	Body  feed.Body  `json:"body"`
	Text  string     `json:"text"`
}

func cleanFile(t *testing.T, file string) (body []byte, out cleaned) {
	t.Helper()
	body, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := parse.Parse(body, "")
	if err != nil {
		t.Fatal(err)
	}
	c := New(doc, base, time.Now())
	out.Feed = c.Document()
	for i := range c.Len() {
		e, b, text := c.Entry(i)
		out.Items = append(out.Items, cleanedItem{e, b, text})
	}
	return body, out
}

// TestFixtures cleans each file of testdata. What must come out stands in its
// leading comment (in JSON under "_want"): "want PATH = VALUE", or ~ for a part.
func TestFixtures(t *testing.T) {
	files, err := filepath.Glob("testdata/*.*")
	if err != nil || len(files) == 0 {
		t.Fatal("no fixtures", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			body, out := cleanFile(t, file)
			b, err := json.Marshal(out)
			if err != nil {
				t.Fatal(err)
			}
			var tree any
			if err := json.Unmarshal(b, &tree); err != nil {
				t.Fatal(err)
			}
			lines := wantLines(t, body)
			for _, line := range lines {
				path, rest, _ := strings.Cut(line, " ")
				value := strings.TrimSpace(rest[1:])
				got := plain(lookUp(tree, path))
				if got != value && (rest[0] != '~' || !strings.Contains(got, value)) {
					t.Errorf("%s:\n got %s\nwant %s", path, got, rest)
				}
			}
		})
	}
}

func wantLines(t *testing.T, body []byte) (lines []string) {
	t.Helper()
	var all []string
	if body[0] == '{' {
		var f struct {
			Want []string `json:"_want"`
		}
		if err := json.Unmarshal(body, &f); err != nil {
			t.Fatal(err)
		}
		all = f.Want
	} else {
		_, rest, _ := strings.Cut(string(body), "<!--")
		comment, _, _ := strings.Cut(rest, "-->")
		for s := bufio.NewScanner(strings.NewReader(comment)); s.Scan(); {
			all = append(all, s.Text())
		}
	}
	for _, line := range all {
		if line, ok := strings.CutPrefix(line, "want "); ok {
			lines = append(lines, line)
		}
	}
	if len(lines) == 0 {
		t.Fatal("fixture expects nothing")
	}
	return lines
}

func lookUp(v any, path string) any {
	for _, key := range strings.Split(path, ".") {
		switch x := v.(type) {
		case map[string]any:
			v = x[key]
		case []any:
			n, err := strconv.Atoi(key)
			if err != nil || n >= len(x) {
				return nil
			}
			v = x[n]
		default:
			return nil
		}
	}
	return v
}

func plain(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case map[string]any:
		if len(v) == 0 {
			return ""
		}
	}
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err.Error()
	}
	return ordered(strings.TrimSpace(b.String()))
}

// ordered puts the name of a person first, as people write it.
func ordered(s string) string {
	var people []feed.Person
	if !strings.HasPrefix(s, "[{") || json.Unmarshal([]byte(s), &people) != nil {
		return s
	}
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(people); err != nil {
		return s
	}
	return strings.TrimSpace(b.String())
}

// TestGolden compares whole documents with testdata/golden; -update writes them.
func TestGolden(t *testing.T) {
	var files []string
	for _, name := range []string{"atom10.xml", "json11.json", "rdf090.xml", "rdf10.xml", "rss091.xml", "rss20.xml", "windows-1251.xml"} {
		files = append(files, filepath.Join("../parse/testdata", name))
	}
	for _, file := range files {
		name := filepath.Base(file)
		t.Run(name, func(t *testing.T) {
			_, out := cleanFile(t, file)
			got, err := json.MarshalIndent(out, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			golden := filepath.Join("testdata", "golden", name+".json")
			if *update {
				if err := os.MkdirAll(filepath.Dir(golden), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(golden, append(got, '\n'), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.TrimSpace(string(want)), string(got)); diff != "" {
				t.Errorf("other than %s (-want +got):\n%s", golden, diff)
			}
		})
	}
}
