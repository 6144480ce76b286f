package web

import (
	"bytes"
	"compress/gzip"
	"io"
	"io/fs"
	"regexp"
	"strings"
	"testing"
)

func TestAssets(t *testing.T) {
	assets, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	for name, mediaType := range map[string]string{
		"style.css": "text/css; charset=utf-8", "reader.js": "text/javascript; charset=utf-8",
		"favicon.svg": "image/svg+xml", "icon-180.png": "image/png", "icon-192.png": "image/png", "icon-maskable.png": "image/png", "offline.js": "text/javascript; charset=utf-8", "icon-512.png": "image/png",
	} {
		path := assets.Path(name)
		stem, ext, _ := strings.Cut(name, ".")
		if !regexp.MustCompile(`^/assets/` + stem + `\.[0-9a-f]{12}\.` + ext + `$`).MatchString(path) {
			t.Errorf("%s is at %q", name, path)
		}
		a := assets.Find(path)
		if a == nil || a.Type != mediaType || len(a.Body) == 0 {
			t.Fatalf("%s: %+v", name, a)
		}
		if a.Gzip() == nil {
			continue
		}
		z, err := gzip.NewReader(bytes.NewReader(a.Gzip()))
		if err != nil {
			t.Fatal(err)
		}
		if plain, err := io.ReadAll(z); err != nil || !bytes.Equal(plain, a.Body) {
			t.Errorf("%s is another file when compressed (%v)", name, err)
		}
	}
	if assets.Path("none.css") != "" || assets.Find("/assets/style.css") != nil {
		t.Error("there are assets that aren't")
	}
	want := 0
	_ = fs.WalkDir(files, ".", func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			want++
		}
		return err
	})
	if len(assets.All()) != want {
		t.Errorf("%d assets, want %d", len(assets.All()), want)
	}
}

// TestNothingComesFromElsewhere keeps the house's own files free of foreign
// addresses and of ways to run text as code.
func TestNothingComesFromElsewhere(t *testing.T) {
	foreign := regexp.MustCompile(`(?i)(src|href|url)\s*[=(]\s*["']?(https?:)?//`)
	runs := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|DOMParser`)
	for _, name := range []string{"style.css", "reader.js", "offline.js", "settings.js"} {
		body, err := files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if m := foreign.Find(body); m != nil {
			t.Errorf("%s loads %s", name, m)
		}
		if m := runs.Find(body); m != nil {
			t.Errorf("%s uses %s", name, m)
		}
	}
	pages, err := templates.ReadDir("templates")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pages {
		body, err := templates.ReadFile("templates/" + p.Name())
		if err != nil {
			t.Fatal(err)
		}
		if m := regexp.MustCompile(`(?i)<style|\sstyle=|\son[a-z]+=|<script>|href="https?:`).Find(body); m != nil {
			t.Errorf("%s has %s", p.Name(), m)
		}
	}
}

func TestPages(t *testing.T) {
	x, err := Words()
	if err == nil {
		err = x.Check()
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range x.Languages() {
		if _, err := Pages(x.Find(l.Tag())); err != nil {
			t.Errorf("%s: %v", l.Tag(), err)
		}
	}
	pages, err := Pages(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"river", "story", "feeds", "feed", "subscribe", "import", "settings", "login", "error"} {
		if pages[name] == nil || pages[name].Lookup("main") == nil {
			t.Errorf("no page %q", name)
		}
	}
}
