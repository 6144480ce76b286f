package picture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/png"
	"slices"
	"strings"
	"testing"
)

// asICO puts pictures into an icon, each told with a width.
func asICO(pictures ...icoEntry) []byte {
	b := []byte{0, 0, 1, 0, byte(len(pictures)), 0}
	at := uint32(6 + 16*len(pictures))
	for _, p := range pictures {
		b = append(b, byte(p.width), byte(p.width), 0, 0, 1, 0, 32, 0)
		b = binary.LittleEndian.AppendUint32(b, uint32(len(p.data)))
		b = binary.LittleEndian.AppendUint32(b, at)
		at += uint32(len(p.data))
	}
	for _, p := range pictures {
		b = append(b, p.data...)
	}
	return b
}

// asDIB is a bitmap of a depth as icons have it: the quarters of corners, with a mask that
// cuts off the lower right one.
func asDIB(side, depth int) []byte {
	b := binary.LittleEndian.AppendUint32(nil, 40)
	b = binary.LittleEndian.AppendUint32(b, uint32(side))
	b = binary.LittleEndian.AppendUint32(b, uint32(2*side))
	b = append(b, 1, 0, byte(depth), 0)
	b = append(b, make([]byte, 24)...)
	if depth <= 8 {
		table := make([]byte, 4<<depth)
		for i, c := range []color.RGBA{quarter(false, false), quarter(true, false), quarter(false, true), quarter(true, true)}[:min(4, 1<<depth)] {
			copy(table[4*i:], []byte{c.B, c.G, c.R, 0})
		}
		b = append(b, table...)
	}
	for y := side - 1; y >= 0; y-- {
		row := make([]byte, (side*depth+31)/32*4)
		for x := range side {
			right, low := x >= side/2, y >= side/2
			c, n := quarter(right, low), 0
			if right {
				n = 1
			}
			if low && depth > 1 {
				n += 2
			}
			switch depth {
			case 32:
				copy(row[4*x:], []byte{c.B, c.G, c.R, 255})
				if right && low {
					row[4*x+3] = 0
				}
			case 24:
				copy(row[3*x:], []byte{c.B, c.G, c.R})
			default:
				row[x*depth/8] |= byte(n << (8 - depth - x*depth%8))
			}
		}
		b = append(b, row...)
	}
	for y := side - 1; y >= 0; y-- {
		row := make([]byte, (side+31)/32*4)
		for x := range side {
			if x >= side/2 && y >= side/2 {
				row[x/8] |= 0x80 >> (x % 8)
			}
		}
		b = append(b, row...)
	}
	return b
}

// Every kind of bitmap that icons hold is read, its mask with it.
func TestBitmapsInIcons(t *testing.T) {
	for _, depth := range []int{1, 4, 8, 24, 32} {
		m, err := decodeICO(asICO(icoEntry{16, asDIB(16, depth)}), 32)
		if err != nil {
			t.Errorf("%d bits: %v", depth, err)
			continue
		}
		if !near(m.At(2, 2), quarter(false, false)) || !near(m.At(13, 2), quarter(true, false)) {
			t.Errorf("%d bits: %v and %v", depth, m.At(2, 2), m.At(13, 2))
		}
		if depth > 1 && !near(m.At(2, 13), quarter(false, true)) {
			t.Errorf("%d bits: %v below", depth, m.At(2, 13))
		}
		if _, _, _, a := m.At(13, 13).RGBA(); a != 0 {
			t.Errorf("%d bits: the mask leaves %v", depth, m.At(13, 13))
		}
	}
}

// Of the pictures in an icon the smallest that is large enough is taken, and a damaged
// one gives way to the next.
func TestChoiceInIcons(t *testing.T) {
	of := func(side int) icoEntry { return icoEntry{side, asPNG(t, corners(side, side))} }
	for _, tc := range []struct {
		entries []icoEntry
		want    int
	}{
		{[]icoEntry{of(16), of(32), of(48)}, 32},
		{[]icoEntry{of(16), of(24)}, 24},
		{[]icoEntry{of(128), of(64), of(16)}, 64},
		{[]icoEntry{of(16), {32, asDIB(32, 32)[:60]}, of(48)}, 48},
		{[]icoEntry{{32, bombPNG(t, 20000, 20000)}, of(16)}, 16},
		{[]icoEntry{{32, asDIB(32, 24)}}, 32},
	} {
		m, err := decodeICO(asICO(tc.entries...), 32)
		if err != nil || m.Bounds().Dx() != tc.want {
			t.Errorf("want %d: %v, %v", tc.want, m, err)
		}
	}
	for name, b := range map[string][]byte{"empty": asICO(), "cut off": asICO(of(16))[:20], "no head": {0, 0, 1}, "a cursor of lies": asICO(icoEntry{16, make([]byte, 200)})} {
		if _, err := decodeICO(b, 32); err == nil {
			t.Errorf("%s is an icon", name)
		}
	}
}

// An icon is a small square PNG, whatever it was; what isn't one is none.
func TestIcon(t *testing.T) {
	for name, tc := range map[string]struct {
		body []byte
		side int
		want error
	}{
		"ico":       {asICO(icoEntry{32, asDIB(32, 32)}), 32, nil},
		"large png": {asPNG(t, corners(512, 512)), 64, nil},
		"small png": {asPNG(t, corners(16, 16)), 16, nil},
		"jpeg":      {asJPEG(t, corners(180, 180)), 64, nil},
		"gif":       {asGIF(t, 32, 32, 4), 32, nil},
		"higher":    {asPNG(t, corners(60, 80)), 64, nil},
		"a banner":  {asPNG(t, corners(144, 31)), 0, errBanner},
		"a speck":   {asPNG(t, corners(5, 5)), 0, errSpeck},
		"a counter": {asGIF(t, 1, 1, 1), 0, errTracker},
		"blank":     {asPNG(t, image.NewNRGBA(image.Rect(0, 0, 32, 32))), 0, errBlank},
		"svg":       {[]byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`), 0, errNoPicture},
		"a page":    {[]byte("<!doctype html><title>404</title>"), 0, errNoPicture},
		"avif":      {avif(32, 32), 0, errNoPicture},
		"a bomb":    {bombPNG(t, 20000, 20000), 0, errTooBig},
		"heavy":     {make([]byte, MostIconBytes+1), 0, errTooBig},
	} {
		b, err := Icon(tc.body)
		if !errors.Is(err, tc.want) || (err == nil) != (tc.want == nil) {
			t.Errorf("%s: %v, want %v", name, err, tc.want)
			continue
		}
		if err != nil {
			continue
		}
		m, err := png.Decode(bytes.NewReader(b))
		if err != nil || m.Bounds() != image.Rect(0, 0, tc.side, tc.side) {
			t.Errorf("%s: %v, %v", name, m, err)
		}
	}
}

// The icons that a page names, the best first.
func TestIconLinks(t *testing.T) {
	const site = "https://news.example/world/"
	for page, want := range map[string][]string{
		`<link rel=icon href=/favicon.png>`: {"https://news.example/favicon.png"},
		`<link rel="shortcut icon" href="favicon.ico"><link rel="apple-touch-icon" href="/touch.png">`:                               {"https://news.example/world/favicon.ico", "https://news.example/touch.png"},
		`<link rel=icon sizes=16x16 href=/16.png><link rel=icon sizes="96x96" href=/96.png><link rel=icon sizes=48X48 href=/48.png>`: {"https://news.example/48.png", "https://news.example/96.png"},
		`<link rel=icon type=image/svg+xml href=/a><link rel=icon href=/b.svg?v=1><link rel=mask-icon href=/c.png>`:                  nil,
		`<link rel=icon sizes=any href=/a.ico>`:                                                                                               {"https://news.example/a.ico"},
		`<base href="//cdn.example/x/"><link rel=ICON href=i.png#frag>`:                                                                       {"https://cdn.example/x/i.png"},
		`<link rel=icon href="data:image/png;base64,AAAA"><link rel=icon href="javascript:alert(1)"><link rel=icon href="">`:                  nil,
		`<link rel=icon href=/dark.png media="(prefers-color-scheme: dark)"><link rel=icon href=/a.png><link rel=icon href=/a.png>`:           {"https://news.example/a.png"},
		`<head><title>x</title></head><body><link rel=icon href=/late.png>`:                                                                   nil,
		`<!-- <link rel=icon href=/comment.png> --><script>"<link rel=icon href=/script.png>"</script>`:                                       nil,
		`<link rel=stylesheet href=/a.css><link href=/b.png>`:                                                                                 nil,
		`<link rel="icon" sizes="16x16" href="/a.png"><link rel="icon" sizes="32x32" href="/b.png"><link rel="apple-touch-icon" href=/t.png>`: {"https://news.example/b.png", "https://news.example/t.png"},
	} {
		if got := IconLinks([]byte(page), site); !slices.Equal(got, want) {
			t.Errorf("%s\nnames %v, want %v", page, got, want)
		}
	}
	if got := IconLinks([]byte("<link rel=icon href=/a.png>"), "%"); got != nil {
		t.Errorf("a page at no address names %v", got)
	}
}

func FuzzIcon(f *testing.F) {
	for _, depth := range []int{1, 4, 8, 24, 32} {
		f.Add(asICO(icoEntry{8, asDIB(8, depth)}))
	}
	f.Add(asICO(icoEntry{16, asPNG(f, corners(16, 16))}, icoEntry{8, asDIB(8, 8)}))
	f.Add(asJPEG(f, corners(16, 16)))
	f.Fuzz(func(t *testing.T, b []byte) {
		if bytes.HasPrefix(b, []byte{0, 0, 1, 0}) {
			_, _ = decodeICO(b, 32) // not through Icon, which would hide a panic
		}
		icon, err := Icon(b)
		if err != nil {
			return
		}
		c, err := png.DecodeConfig(bytes.NewReader(icon))
		if err != nil || c.Width != c.Height || c.Width > IconSide || c.Width < 8 {
			t.Errorf("%d bytes became an icon of %v: %v", len(b), c, err)
		}
	})
}

func FuzzRender(f *testing.F) {
	f.Add(withExif(asJPEG(f, corners(32, 16)), 6), 16)
	f.Add(asPNG(f, corners(32, 16)), 160)
	f.Add(asGIF(f, 16, 16, 3), 800)
	f.Add(avif(16, 16), 160)
	f.Add([]byte("RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00\x2f\x00\x00\x00\x10\x07\x10\x11\x11\x88\x88\xfe\x07\x00"), 160)
	f.Fuzz(func(t *testing.T, b []byte, width int) {
		m, err := measure(b)
		if err != nil || m.cost > 8<<20 {
			return
		}
		got, err := render(b, m, max(1, min(width, 2400)))
		if err != nil {
			return
		}
		if again, err := measure(got.Body); err != nil && !errors.Is(err, errTracker) || err == nil && again.kind != got.kind {
			t.Errorf("what is served as %s measures %+v: %v", got.kind, again, err)
		}
	})
}

func FuzzIconLinks(f *testing.F) {
	f.Add(`<base href="//x"><link rel="icon" sizes="16x16 any" href="/a.png">`)
	f.Fuzz(func(t *testing.T, page string) {
		for _, a := range IconLinks([]byte(page), "https://news.example/") {
			if !strings.HasPrefix(a, "http://") && !strings.HasPrefix(a, "https://") {
				t.Errorf("%q names %q", page, a)
			}
		}
	})
}

func FuzzAddress(f *testing.F) {
	p := newSigner(make([]byte, 32))
	f.Add("https://x.example/a.jpg?b=c&d#e", "https://x.example/feed")
	f.Add("http://127.0.0.1/%zz,", "http://127.0.0.1/")
	f.Fuzz(func(t *testing.T, src, document string) {
		address := p.Address(src, document, Thumb)
		if address == "" {
			return
		}
		path, query, _ := strings.Cut(address, "?")
		parts := strings.Split(path, "/")
		got, ok := p.verify(parts[2], parts[3], query)
		if !ok || got.address != withoutFragment(src) || strings.ContainsAny(address, " ,\"'<>\\") {
			t.Errorf("%q has the address %q, and comes back as %+v, %v", src, address, got, ok)
		}
	})
}
