package archive

import (
	"archive/zip"
	"bufio"
	"encoding/json"
	"fmt"
	"io"

	"github.com/klauspost/compress/flate"

	"tidings/internal/feed"
)

// Options say what leaves.
type Options struct {
	// Subscribers: what those who follow our feeds need. That is secret: the keys in
	// addresses of feeds, and who has them pushed, to which address.
	Subscribers bool
}

// Write writes an archive of the facts that export yields, in the order of
// [feed.Holdings]. An error means that what was written is not whole.
func Write(w io.Writer, o Options, export func(yield func(fact any) error) error) error {
	z := &writer{zip: zip.NewWriter(w), options: o}
	z.zip.RegisterCompressor(zip.Deflate, quickly)
	err := export(z.put)
	if err == nil {
		err = z.end()
	}
	if err == nil {
		err = z.zip.Close()
	}
	if err != nil {
		return fmt.Errorf("write archive: %w", err)
	}
	return nil
}

// quickly is a compressor that takes a fifth of the usual one's time, which is most of
// what writing takes, for a twentieth more bytes.
func quickly(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, 3) }

type writer struct {
	zip     *zip.Writer
	options Options
	name    string // of the file that is being written
	buffer  *bufio.Writer
	lines   *json.Encoder
}

// put writes a fact into the file of its kind.
func (z *writer) put(fact any) error {
	switch f := fact.(type) {
	case *feed.Numbers:
		return z.line(fileManifest, manifestOf(f))
	case *feed.KeptFeed:
		return z.line(fileFeeds, newFeed(f))
	case *feed.List:
		return z.line(fileLists, newList(f))
	case *feed.KeptSeen:
		return z.line(fileSeen, newSeen(f))
	case *feed.KeptStory:
		return z.line(fileStories, newStory(f))
	case *feed.KeptDecision:
		return z.line(fileDecisions, newDecision(f))
	case *feed.KeptDissolved:
		return z.line(fileDissolved, dissolvedLine{number(f.Story), number(f.Into)})
	case *feed.KeptSetting:
		if fate := fateOf(f.Name); fate == carried || fate == onDemand && z.options.Subscribers {
			return z.line(fileSettings, settingLine{f.Name, f.Value})
		}
	case *feed.KeptIcon:
		return z.line(fileIcons, iconLine{text(f.Source), at(f.Due), f.PNG})
	case *feed.KeptHour:
		return z.line(fileBygone, newHour(f.HourTally))
	case *feed.KeptDay:
		return z.line(fileBygone, newDay(*f))
	case *feed.Subscriber:
		if z.options.Subscribers {
			return z.line(fileSubscribers, newSubscriber(f))
		}
	default:
		return z.gone(fact)
	}
	return nil
}

// gone writes a fact of what was unsubscribed from.
func (z *writer) gone(fact any) error {
	switch f := fact.(type) {
	case *feed.KeptGone:
		return z.line(fileGone, newGone(f))
	case *feed.KeptGoneSeen:
		return z.line(fileGoneSeen, newSeen(&f.KeptSeen))
	case *feed.KeptGoneStory:
		return z.line(fileGoneStories, newStory(&f.KeptStory))
	case *feed.KeptGoneDay:
		return z.line(fileGoneBygone, newDay(f.KeptDay))
	default:
		return fmt.Errorf("an archive has no place for a %T", fact)
	}
}

// line writes a line of a file. One file follows another.
func (z *writer) line(name string, v any) error {
	if name != z.name {
		if err := z.end(); err != nil {
			return err
		}
		f, err := z.zip.Create(name)
		if err != nil {
			return err
		}
		z.name, z.buffer = name, bufio.NewWriterSize(f, 64<<10)
		z.lines = json.NewEncoder(z.buffer)
		z.lines.SetEscapeHTML(false)
	}
	if err := z.lines.Encode(v); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

func (z *writer) end() error {
	if z.buffer == nil {
		return nil
	}
	return z.buffer.Flush()
}
