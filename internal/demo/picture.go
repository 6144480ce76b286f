package demo

import (
	"bytes"
	"encoding/binary"
	"hash/fnv"
	"image"
	"image/color"
	"image/png"
	"math"
	"math/rand/v2"
	"net/http"
	"strings"
)

// servePicture serves the picture of an item: hills at some hour of the day.
func (p *Publisher) servePicture(w http.ResponseWriter, r *http.Request) {
	id, ok := strings.CutSuffix(r.PathValue("name"), ".png")
	_, it := p.article(r, id)
	if !ok || it == nil || !it.Picture {
		http.NotFound(w, r)
		return
	}
	p.paint(w, r, it.path(), 640, 360)
}

// serveIcon serves an outlet's icon: the same art in small.
func (p *Publisher) serveIcon(w http.ResponseWriter, r *http.Request) {
	o := p.bySlug[r.PathValue("outlet")]
	if o == nil {
		http.NotFound(w, r)
		return
	}
	p.paint(w, r, o.Slug, 64, 64)
}

// paint sends a picture, which is drawn once.
func (p *Publisher) paint(w http.ResponseWriter, r *http.Request, name string, width, height int) {
	drawn, ok := p.pictures.Load(name)
	if !ok {
		b, err := landscape(name, width, height)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		drawn, _ = p.pictures.LoadOrStore(name, b)
	}
	w.Header().Set("Cache-Control", "max-age=3600")
	p.send(w, r, answer{drawn.([]byte), "image/png", strings.ReplaceAll(strings.Trim(name, "/"), "/", "-"), p.opt.Start}, nil)
}

// rgb is a colour; its parts run from 0 to 1.
type rgb [3]float64

func (c rgb) mix(d rgb, share float64) rgb {
	for i := range c {
		c[i] += (d[i] - c[i]) * share
	}
	return c
}

func (c rgb) rgba() color.RGBA {
	return color.RGBA{uint8(c[0] * 255), uint8(c[1] * 255), uint8(c[2] * 255), 255}
}

// hue is a colour of the wheel, h in turns, with saturation and lightness.
func hue(h, s, l float64) rgb {
	var c rgb
	for i := range c {
		k := math.Mod(12*h+[3]float64{0, 8, 4}[i], 12)
		c[i] = l - s*min(l, 1-l)*max(-1, min(k-3, 9-k, 1))
	}
	return c
}

// landscape is a PNG of hills under a sun, always the same for the same name.
func landscape(name string, width, height int) ([]byte, error) {
	h := fnv.New64a()
	h.Write([]byte(name))
	rnd := rand.New(rand.NewPCG(h.Sum64(), 1))
	s := newScene(rnd)
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for x := range width {
		column := s.column(float64(x)/float64(height), float64(height))
		for y := range height {
			img.SetRGBA(x, y, column(float64(y)/float64(height)).rgba())
		}
	}
	var b bytes.Buffer
	err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&b, img)
	return b.Bytes(), err
}

// scene is a sky, a sun and rows of hills. Lengths are in heights of the
// picture.
type scene struct {
	zenith, horizon, sun, near rgb
	sunX, sunY, sunR           float64
	hills                      [][4]float64 // phases and pitches of two waves each
}

func newScene(rnd *rand.Rand) scene {
	hours := [][3]float64{ // hues of zenith, horizon and the nearest hill
		{0.60, 0.08, 0.68}, {0.56, 0.52, 0.45}, {0.72, 0.03, 0.76}, {0.93, 0.10, 0.86}, {0.50, 0.14, 0.56}, {0.63, 0.58, 0.66},
	}
	at, shift := hours[rnd.IntN(len(hours))], 0.04*rnd.Float64()
	s := scene{
		zenith:  hue(at[0]+shift, 0.42, 0.42+0.15*rnd.Float64()),
		horizon: hue(at[1]+shift, 0.65, 0.84),
		sun:     hue(0.11, 0.9, 0.93),
		near:    hue(at[2]+shift, 0.38, 0.17),
		sunX:    0.2 + 0.6*rnd.Float64(), sunY: 0.2 + 0.25*rnd.Float64(), sunR: 0.07 + 0.05*rnd.Float64(),
	}
	for range 4 {
		s.hills = append(s.hills, [4]float64{7 * rnd.Float64(), 7 * rnd.Float64(), 1 + 2*rnd.Float64(), 4 + 4*rnd.Float64()})
	}
	return s
}

// column gives the colours of a vertical line at x, from the top (0) to the
// bottom (1); edges are smoothed over one pixel of a picture of the given height.
func (s scene) column(x, height float64) func(y float64) rgb {
	edges := make([]float64, len(s.hills))
	shades := make([]rgb, len(s.hills))
	for i, w := range s.hills {
		edges[i] = 0.42 + 0.13*float64(i) + 0.06*math.Sin(w[0]+w[2]*x) + 0.025*math.Sin(w[1]+w[3]*x)
		shades[i] = s.horizon.mix(s.near, float64(i+1)/float64(len(s.hills)))
	}
	return func(y float64) rgb {
		c := s.sky(x, y, height)
		for i, edge := range edges {
			if y > edge-1/height {
				c = c.mix(shades[i], inside((y-edge)*height))
			}
		}
		return c
	}
}

func (s scene) sky(x, y, height float64) rgb {
	c := s.zenith.mix(s.horizon, min(1, y*1.5))
	dx, dy, reach := x-s.sunX, y-s.sunY, s.sunR+1/height
	if dx*dx+dy*dy > reach*reach {
		return c
	}
	return c.mix(s.sun, inside((s.sunR-math.Hypot(dx, dy))*height))
}

// inside is how much of a pixel lies inside an edge at a distance in pixels.
func inside(d float64) float64 { return max(0, min(1, d+0.5)) }

// serveAudio serves the recording of an item: two seconds of a bell.
func (p *Publisher) serveAudio(w http.ResponseWriter, r *http.Request) {
	id, ok := strings.CutSuffix(r.PathValue("name"), ".wav")
	_, it := p.article(r, id)
	if !ok || it == nil || !it.Audio {
		http.NotFound(w, r)
		return
	}
	p.send(w, r, answer{bell(), "audio/wav", it.outlet.Slug + "-" + id, p.opt.Start}, nil)
}

const (
	bellRate    = 8000         // samples a second
	bellSamples = 2 * bellRate // of one byte each
	wavHeader   = 44
)

// AudioLength is the size of each recording in bytes, for templates.
func (l line) AudioLength() int { return wavHeader + bellSamples }

// bell is a WAV file.
func bell() []byte {
	b := []byte("RIFF")
	b = binary.LittleEndian.AppendUint32(b, wavHeader-8+bellSamples)
	b = append(b, "WAVEfmt "...)
	b = binary.LittleEndian.AppendUint32(b, 16)
	b = binary.LittleEndian.AppendUint16(b, 1) // PCM
	b = binary.LittleEndian.AppendUint16(b, 1) // mono
	b = binary.LittleEndian.AppendUint32(b, bellRate)
	b = binary.LittleEndian.AppendUint32(b, bellRate)
	b = binary.LittleEndian.AppendUint16(b, 1)
	b = binary.LittleEndian.AppendUint16(b, 8)
	b = append(b, "data"...)
	b = binary.LittleEndian.AppendUint32(b, bellSamples)
	for i := range bellSamples {
		t := float64(i) / bellRate
		tone := math.Sin(2*math.Pi*523*t) + 0.5*math.Sin(2*math.Pi*1318*t)
		b = append(b, byte(128+60*tone*math.Exp(-2.5*t)))
	}
	return b
}
