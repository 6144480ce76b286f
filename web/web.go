// Package web holds what the reader's pages are made of: templates, one
// stylesheet, one script (and a very small one for the pages of feeds) and the icons,
// embedded in the binary.
//
// Everything here works with script off: the script only makes quieter what
// forms and links do. Templates lay out and don't compute; package server hands
// them page structs whose fields are ready to show. Stylesheet, script and icons
// are served under addresses that carry a hash of their content, so that a
// browser may keep them for ever and never shows yesterday's.
//
// Texts are in English; the message files in words translate them (package words),
// and there is one set of templates for each language. The scripts' own texts stand
// in the page, for languages other than English (script.go).
//
// The pictures in screenshots are the README's and stay out of the binary; package
// server's TestShotsOfTheDemo takes them anew.
package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"

	"tidings/internal/words"
)

// Prefix begins the address of every asset.
const Prefix = "/assets/"

//go:embed templates/*.html
var templates embed.FS

//go:embed packs/*.opml
var packs embed.FS

// Packs are curated lists of feeds to begin with, as packs/SUBJECT-LANGUAGE.opml.
func Packs() fs.FS { return packs }

//go:embed words/*.po
var messages embed.FS

//go:embed style.css reader.js import.js copy.js feeds.js offline.js settings.js icons/*
var files embed.FS

// Asset is a file that never changes under its address.
type Asset struct {
	Path string // address: Prefix, name, hash of the content, extension
	Type string // media type with charset
	Body []byte

	// Gzip gives Body compressed, nil where that gains nothing. The first call does
	// the work, so that a program that starts needn't wait for it.
	Gzip func() []byte
}

// Assets are the stylesheet, the script and the icons.
type Assets struct {
	byName map[string]*Asset
	byPath map[string]*Asset

	// Edition names what the program shows: it changes with every template, text, style,
	// script and icon.
	Edition string
}

// Load reads and hashes the embedded files.
func Load() (*Assets, error) {
	a := &Assets{byName: map[string]*Asset{}, byPath: map[string]*Asset{}}
	var err error
	if a.Edition, err = edition(); err != nil {
		return nil, fmt.Errorf("read the pages: %w", err)
	}
	err = fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		f, err := newAsset(name)
		if err != nil {
			return fmt.Errorf("load asset %s: %w", name, err)
		}
		a.byName[path.Base(name)] = f
		a.byPath[f.Path] = f
		return nil
	})
	return a, err
}

// Path is the address of the file with this base name, such as "style.css";
// empty if there is none.
func (a *Assets) Path(name string) string {
	if f := a.byName[name]; f != nil {
		return f.Path
	}
	return ""
}

// Find gives the asset with this address, or nil.
func (a *Assets) Find(path string) *Asset { return a.byPath[path] }

// All lists the assets in no order.
func (a *Assets) All() []*Asset {
	var all []*Asset
	for _, f := range a.byPath {
		all = append(all, f)
	}
	return all
}

func newAsset(name string) (*Asset, error) {
	body, err := files.ReadFile(name)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(body)
	hash := hex.EncodeToString(sum[:6])
	ext := path.Ext(name)
	stem := strings.TrimSuffix(path.Base(name), ext)
	return &Asset{
		Path: Prefix + stem + "." + hash + ext,
		Type: mediaType(ext),
		Body: body,
		Gzip: sync.OnceValue(func() []byte { return squeeze(body) }),
	}, nil
}

// mediaType is spelt out here because the mime package asks the machine's own
// tables, which differ from machine to machine.
func mediaType(ext string) string {
	switch ext {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".png":
		return "image/png"
	}
	return "application/octet-stream"
}

// squeeze compresses body, or returns nil where that saves less than a tenth.
func squeeze(body []byte) []byte {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil // the level is one of gzip's
	}
	// A bytes.Buffer takes everything.
	_, _ = z.Write(body)
	_ = z.Close()
	if b.Len() > len(body)*9/10 {
		return nil
	}
	return b.Bytes()
}

// Words reads the message files: the languages of the pages.
func Words() (*words.Lexicon, error) {
	in, err := fs.Sub(messages, "words")
	if err != nil {
		return nil, err
	}
	return words.Read(in)
}

// Pages parses the templates, for pages in a language: one per page, by the name of
// its file without ".html", each ready to execute "layout".
func Pages(l *words.Language) (map[string]*template.Template, error) {
	funcs := l.Funcs()
	said, err := scriptWords(l)
	if err != nil {
		return nil, err
	}
	funcs["script"] = func() string { return said }
	layout, err := template.New("layout.html").Funcs(funcs).ParseFS(templates, "templates/layout.html", "templates/parts.html")
	if err != nil {
		return nil, fmt.Errorf("parse layout: %w", err)
	}
	names, err := fs.Glob(templates, "templates/*.html")
	if err != nil {
		return nil, err
	}
	pages := map[string]*template.Template{}
	for _, name := range names {
		page := strings.TrimSuffix(path.Base(name), ".html")
		if page == "layout" || page == "parts" {
			continue
		}
		t, err := template.Must(layout.Clone()).ParseFS(templates, name)
		if err != nil {
			return nil, fmt.Errorf("parse page %s: %w", page, err)
		}
		for _, part := range t.Templates() {
			l.Set(part.Tree)
		}
		pages[page] = t
	}
	return pages, nil
}
