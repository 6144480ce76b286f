package server

import (
	"bytes"
	"cmp"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestShotsOfTheDemo photographs a running demo for the README: river, big stories, story,
// feeds and statistics, in light, in dark and as wide as a phone, and the reasons why a
// story is one. web/screenshots/make starts the demo and runs it.
func TestShotsOfTheDemo(t *testing.T) {
	dir, base := os.Getenv("TIDINGS_SHOTS"), os.Getenv("TIDINGS_SHOTS_OF")
	if dir == "" || base == "" {
		t.Skip("TIDINGS_SHOTS names no directory, or TIDINGS_SHOTS_OF no running demo")
	}
	b := browseAt(t, base)
	b.do(chromedp.EmulateViewport(1280, 900), scheme("light"))
	b.open("/?view=all")
	b.until(`document.querySelectorAll("#river .row").length > 20 && document.querySelector("#poll")?.hidden !== false`)
	const visit = `[...document.querySelectorAll("#river h3 a")].find((a) => a.textContent.includes("first White House visit"))`
	for !js[bool](b, visit+" !== undefined") {
		b.open(js[string](b, `document.querySelector(".pager [rel=next]").getAttribute("href")`))
	}
	story := js[string](b, visit+`.getAttribute("href")`)
	for _, look := range []struct {
		name, scheme  string
		width, height int64
	}{{"light", "light", 1280, 900}, {"dark", "dark", 1280, 900}, {"phone", "light", 390, 844}} {
		b.do(chromedp.EmulateViewport(look.width, look.height), scheme(look.scheme))
		for name, path := range map[string]string{"river": "/?view=all", "big": "/?view=all&order=sources", "story": story, "feeds": "/feeds", "statistics": "/statistics"} {
			b.open(path)
			b.snap(filepath.Join(dir, name+"-"+look.name+".png"))
		}
	}
	b.do(chromedp.EmulateViewport(1280, 1500), scheme("light"))
	b.open(story)
	js[bool](b, `document.querySelector("#related, #sources").scrollIntoView({behavior: "instant"}) === undefined`)
	b.snap(filepath.Join(dir, "story-sources.png"))
	shrink(t, dir)
}

// shrink gives every photograph in a directory a palette of its own, which makes a
// third of it.
func shrink(t *testing.T, dir string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.png"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, paletted(img)); err != nil {
			t.Fatal(err)
		}
		if out.Len() > 150<<10 {
			t.Errorf("%s has %d bytes", f, out.Len())
		}
		if out.Len() < len(b) {
			if err := os.WriteFile(f, out.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// paletted draws a picture in the 256 colours that it has most of, each pixel in the
// nearest; of colours that differ by less than an eye sees, the first stands for all.
func paletted(img image.Image) *image.Paletted {
	box := img.Bounds()
	counts, first := map[[3]uint8]int{}, map[[3]uint8]color.Color{}
	coarse := func(c color.Color) [3]uint8 {
		r, g, b, _ := c.RGBA()
		return [3]uint8{uint8(r >> 11), uint8(g >> 11), uint8(b >> 11)}
	}
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			k := coarse(img.At(x, y))
			if counts[k]++; counts[k] == 1 {
				first[k] = img.At(x, y)
			}
		}
	}
	var keys [][3]uint8
	for k := range counts {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b [3]uint8) int { return cmp.Or(counts[b]-counts[a], slices.Compare(a[:], b[:])) })
	var colours color.Palette
	for _, k := range keys[:min(len(keys), 256)] {
		colours = append(colours, first[k])
	}
	out, at := image.NewPaletted(box, colours), map[[3]uint8]uint8{}
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			k := coarse(img.At(x, y))
			i, ok := at[k]
			if !ok {
				i = uint8(colours.Index(img.At(x, y)))
				at[k] = i
			}
			out.SetColorIndex(x, y, i)
		}
	}
	return out
}
