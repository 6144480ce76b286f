package parse

import (
	"bufio"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestFixtures reads each file of testdata. What it must give stands in the
// file's leading comment (in JSON under "_want"): lines "want PATH = VALUE" or
// "want PATH ~ PART" on the Document, or on the NotFeed for errors. A line
// "type: T" is the Content-Type header that came with it.
func TestFixtures(t *testing.T) {
	files, err := filepath.Glob("testdata/*.*")
	if err != nil || len(files) == 0 {
		t.Fatal("no fixtures", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			body, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			wants, contentType := expectations(t, body)
			got := tree(t, body, contentType)
			for _, w := range wants {
				w.check(t, got)
			}
		})
	}
}

// want is one expectation.
type want struct{ path, op, value string }

func expectations(t *testing.T, body []byte) (wants []want, contentType string) {
	t.Helper()
	body, _ = unpack(body)
	text := decode(body, "").text
	if i := strings.Index(text, "type: "); i >= 0 {
		contentType, _, _ = strings.Cut(text[i+len("type: "):], "\n")
		text = decode(body, contentType).text
	}
	var lines []string
	if _, list, ok := strings.Cut(text, `"_want":`); ok && !strings.HasPrefix(text, "<") {
		if err := json.NewDecoder(strings.NewReader(list)).Decode(&lines); err != nil {
			t.Fatal(err)
		}
	} else {
		comment, _, _ := strings.Cut(after(text, "<!--"), "-->")
		for s := bufio.NewScanner(strings.NewReader(comment)); s.Scan(); {
			lines = append(lines, s.Text())
		}
	}
	for _, line := range lines {
		line, ok := strings.CutPrefix(line, "want ")
		if !ok {
			continue
		}
		path, rest, _ := strings.Cut(line, " ")
		wants = append(wants, want{path, rest[:1], strings.TrimSpace(rest[1:])})
	}
	if len(wants) == 0 {
		t.Fatal("fixture expects nothing")
	}
	return wants, contentType
}

// tree is what Parse gives as JSON gives it, keys in lower case.
func tree(t *testing.T, body []byte, contentType string) any {
	t.Helper()
	doc, err := Parse(body, contentType)
	var v any = doc
	var not *NotFeed
	if errors.As(err, &not) {
		v = map[string]any{"error": err.Error(), "links": not.Links, "title": not.Title}
	} else if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var out any
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	return lowerKeys(out)
}

// lowerKeys drops what is empty, too.
func lowerKeys(v any) any {
	switch v := v.(type) {
	case map[string]any:
		m := map[string]any{}
		for k, e := range v {
			e = lowerKeys(e)
			if o, ok := e.(map[string]any); e != nil && e != "" && (!ok || len(o) > 0) {
				m[strings.ToLower(k)] = e
			}
		}
		if o, ok := m["outer"]; ok && o == nil {
			delete(m, "outer")
		}
		return m
	case []any:
		for i := range v {
			v[i] = lowerKeys(v[i])
		}
	}
	return v
}

func (w want) check(t *testing.T, doc any) {
	t.Helper()
	got := plain(lookUp(doc, w.path))
	ok := got == w.value
	if w.op == "~" {
		ok = strings.Contains(got, w.value)
	}
	if !ok {
		t.Errorf("%s:\n got %s\nwant %s %s", w.path, got, w.op, w.value)
	}
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
	}
	b, _ := json.Marshal(v)
	return string(b)
}
