package clean
import ("testing";"math/rand";"strings";"fmt";"tidings/internal/parse")
func TestZZJson(t *testing.T){
 var b strings.Builder
 b.WriteString("{\n \"version\": \"https://jsonfeed.org/version/1.1\",\n \"title\": \"Quay\", \"home_page_url\":\"https://a.example/\", \"hubs\":[{\"type\":\"x\",\"url\":\"https://h.example\"}],\n \"items\": [\n")
 for i:=range 12 { if i>0 {b.WriteString(",\n")}; fmt.Fprintf(&b,"  {\"id\":\"%d\",\"url\":\"https://a.example/%d\",\"title\":\"T \\\"%d\\\"\",\"content_html\":\"<p>x %d<\\/p>\",\"date_published\":\"2024-01-02T03:04:05Z\",\"tags\":[\"a\",\"b\"],\"authors\":[{\"name\":\"n\"}],\"attachments\":[{\"url\":\"u\",\"mime_type\":\"a/b\",\"size_in_bytes\":12}]}",i,i,i,i) }
 b.WriteString("\n ]\n}\n")
 s:=[]byte(b.String()); w,_,_:=run(t,s)
 for n:=range s { g,_,err:=run(t,s[:n]); c:=strings.Count(string(s[:n]),"}]}"); if g<c { t.Errorf("at %d: %d of %d %v",n,g,c,err) ; break} }
 r:=rand.New(rand.NewSource(3)); lost,n:=0,0; sh:=0
 for range 4000 { c:=append([]byte{},s...); k:=r.Intn(len(c)); c[k]=byte(r.Intn(256)); g,_,err:=run(t,c); n++; if g<w { lost+=w-g; if w-g>1 { sh++; if sh<40 {t.Logf("%d %v %q",g,err,c[max(0,k-20):min(len(c),k+20)]) }}} }
 t.Log(n,lost,sh)
}
func TestZZNot(t *testing.T){
 for _,s:=range []string{"","   ","\x00\x00","<html><body>404</body></html>","<!DOCTYPE html><title>x</title><rss>no</rss>","<?xml version='1.0'?><error><code>1</code></error>","{}","[]","null","{\"items\":[]}","{\"version\":\"1\",\"items\":[{}]}","{\"error\":\"x\"}","true","\"x\"","<opml version='2.0'><body/></opml>","<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><url><loc>x</loc></url></urlset>","<svg xmlns='http://www.w3.org/2000/svg'><title>x</title></svg>","<soap:Envelope><soap:Body/></soap:Envelope>","%PDF-1.4","\x89PNG\r\n\x1a\n","GIF89a","plain text <b>here","Error establishing a database connection","<html><head><link rel=alternate type=application/rss+xml href=/f></head><body><pre>&lt;rss&gt; example</pre></body></html>","<html><body><code>&lt;rss version=\"2.0\"&gt;&lt;channel&gt;&lt;item&gt;...</code></body></html>","<html><body><textarea><rss><channel><item><title>x</title></item></channel></rss></textarea></body></html>","<html><body><!-- <rss><channel><item><title>x</title></item></channel></rss> --></body></html>","<html><script>var x='<rss><channel><item></item></channel></rss>'</script></html>","<plist><dict/></plist>","<service xmlns='http://www.w3.org/2007/app'><workspace/></service>","<feeds><feed><url>x</url></feed></feeds>","<rss","<rss>","<feed","<feed/>","<rss/>","<rss></rss>","<rss><foo/></rss>","<feed><foo/></feed>","<entry/>","<item/>","<channel/>","<tv><channel id='1'/><programme/></tv>","<res><channel><item/></channel></res>","<FEED_ERROR>x</FEED_ERROR>","<kml xmlns='http://www.opengis.net/kml/2.2'><Document/></kml>","<gpx><trk/></gpx>","<rsd version='1.0'/>","<OpenSearchDescription/>","<wsdl:definitions/>","<html xmlns='http://www.w3.org/1999/xhtml'><head><title>x</title></head><body><p>item</p></body></html>","<head><title>x</title></head><item>","<p>Moved <a href='x'>here</a></p>","Not Found <rss>","<?php echo 1 ?>","<div><item><title>x</title></item></div>","{\"version\":\"https://jsonfeed.org/version/1\"}","{\"version\":\"https://jsonfeed.org/version/1\",\"items\":null}","{\"version\":\"https://jsonfeed.org/version/1\",\"items\":{}}","{\"version\":{\"x\":\"https://jsonfeed.org/version/1\"},\"items\":[]}","{\"data\":{\"version\":\"https://jsonfeed.org/version/1\",\"items\":[]}}"} {
  d,err:=parse.Parse([]byte(s),""); e:=""; if err!=nil { e=err.Error() } else { e=fmt.Sprint("FEED ",d.Format," items ",len(d.Items)) }
  t.Logf("%-70.70q %s",s,e)
 }
}
