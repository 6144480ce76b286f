package picture

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func keyOf(n int) key { return newKey(wish{numbered(n), public, Thumb}) }

func kept(size int) Picture {
	return Picture{Body: []byte(strings.Repeat("p", size)), kind: jpegKind, Width: 640, Height: 480}
}

func opened(t *testing.T, dir string, limit int64) *cache {
	t.Helper()
	c, err := openCache(dir, limit)
	if err != nil {
		t.Fatal(err)
	}
	<-c.ready
	t.Cleanup(c.close)
	return c
}

// onDisk is what a directory takes.
func onDisk(t *testing.T, dir string) (files int, size int64) {
	t.Helper()
	es, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range es {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		files, size = files+1, size+blocks(info.Size())
	}
	return files, size
}

// The cache never takes more than it may, and what was used longest ago goes first.
func TestCacheHasACap(t *testing.T) {
	dir := t.TempDir()
	c := opened(t, dir, 20*block)
	for n := range 40 {
		if err := c.put(keyOf(n), kept(block-4)); err != nil {
			t.Fatal(err)
		}
		if _, ok := c.get(keyOf(0)); !ok {
			t.Fatalf("what is used all the time was driven out by picture %d", n)
		}
		if _, size := onDisk(t, dir); size > 20*block || size != c.size {
			t.Fatalf("%d bytes on disk, %d told, of %d", size, c.size, 20*block)
		}
	}
	for n := 1; n < 40; n++ {
		if _, ok := c.get(keyOf(n)); ok != (n > 20) {
			t.Errorf("picture %d is kept: %v", n, ok)
		}
	}
	if err := c.put(keyOf(99), kept(10*block)); err != nil {
		t.Fatal(err)
	}
	if _, ok := c.get(keyOf(99)); ok {
		t.Error("a picture of half the cache was let in")
	}
	if err := c.put(keyOf(0), Picture{Body: []byte("other"), kind: pngKind, Width: 1, Height: 2}); err != nil {
		t.Fatal(err)
	}
	if got, ok := c.get(keyOf(0)); !ok || string(got.Body) != "other" || got.kind != pngKind || got.Width != 1 {
		t.Errorf("replaced by %+v", got)
	}
	if files, size := onDisk(t, dir); size != c.size || files != c.order.Len() {
		t.Errorf("%d files of %d bytes, %d of %d told", files, size, c.order.Len(), c.size)
	}
}

// A restart finds what was kept, in the order of its use, and nothing torn.
func TestCacheSurvives(t *testing.T) {
	dir := t.TempDir()
	c := opened(t, dir, 20*block)
	for n := range 10 {
		if err := c.put(keyOf(n), kept(100)); err != nil {
			t.Fatal(err)
		}
		at := time.Now().Add(time.Duration(n-100) * time.Hour)
		if err := os.Chtimes(filepath.Join(dir, c.items[keyOf(n)].Value.(*item).name()), at, at); err != nil {
			t.Fatal(err)
		}
	}
	name := func(n int) string { return filepath.Join(dir, c.items[keyOf(n)].Value.(*item).name()) }
	torn, short := name(8), name(9)
	damage(t, torn, func(b []byte) []byte { b[50] ^= 1; return b })
	damage(t, short, func(b []byte) []byte { return b[:3] })
	for _, stray := range []string{temporary + "x.jpg", "README", "0123-160-1x1.jpg", strings.Repeat("0", 32) + "-160-1x1.jpg.bak"} {
		if err := os.WriteFile(filepath.Join(dir, stray), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c = opened(t, dir, 20*block)
	if w, h, ok := c.measures(keyOf(3)); !ok || w != 640 || h != 480 {
		t.Errorf("measures %d by %d, %v", w, h, ok)
	}
	for n := range 10 {
		if _, ok := c.get(keyOf(n)); ok != (n < 8) {
			t.Errorf("picture %d: %v", n, ok)
		}
	}
	for _, gone := range []string{torn, short, filepath.Join(dir, temporary+"x.jpg")} {
		if _, err := os.Stat(gone); err == nil {
			t.Errorf("%s is still there", gone)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "README")); err != nil {
		t.Errorf("a file of somebody else's is gone: %v", err)
	}
	small := opened(t, dir, 3*block)
	for n := range 8 { // the read above made 7 the last one used
		if _, ok := small.get(keyOf(n)); ok != (n > 4) {
			t.Errorf("with a smaller cap picture %d is kept: %v", n, ok)
		}
	}
}

func damage(t *testing.T, path string, how func([]byte) []byte) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, how(b), 0o600); err != nil {
		t.Fatal(err)
	}
}

// The directory may be deleted at any time: pictures are then asked for anew.
func TestCacheMayBeDeleted(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "deep", "pictures")
	a := always(asJPEG(t, corners(400, 300)))
	p := newProxy(t, a, Options{Dir: dir})
	address := p.Address(elsewhere+"a.jpg", home1, Thumb)
	for i := range 3 {
		if w := ask(p, address); w.Header().Get("Content-Type") != "image/png" && w.Header().Get("Content-Type") != "image/jpeg" {
			t.Fatalf("%d: %d %v", i, w.Code, w.Header())
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		ask(p, address)
	}
	if n := a.count(); n != 4 {
		t.Errorf("%d requests", n)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(dir, []byte("a file stands in its place"), 0o600); err != nil {
		t.Fatal(err)
	}
	if w := ask(newProxy(t, a, Options{Dir: dir}), address); w.Code != 404 { // another key
		t.Errorf("%d", w.Code)
	}
}

func TestNames(t *testing.T) {
	i := item{key: keyOf(1), kind: webpKind, width: 12, height: 34}
	if got, ok := parseName(i.name()); !ok || got != i {
		t.Errorf("%s reads as %+v, %v", i.name(), got, ok)
	}
	for _, bad := range []string{"", "-", i.name() + "x y", " " + i.name(), strings.ToUpper(i.name()), fmt.Sprintf("%x-+1-1x1.jpg", i.key.hash)} {
		if got, ok := parseName(bad); ok {
			t.Errorf("%q reads as %+v", bad, got)
		}
	}
}
