"""Feeds as they come, made up by Hypothesis: every format, and all that makes one item's reading hang on another."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

SPACES = (
    "xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:content='http://purl.org/rss/1.0/modules/content/' "
    "xmlns:media='http://search.yahoo.com/mrss/' xmlns:itunes='http://www.itunes.com/dtds/podcast-1.0.dtd' "
    "xmlns:thr='http://purl.org/syndication/thread/1.0' xmlns:slash='http://purl.org/rss/1.0/modules/slash/' "
    "xmlns:wfw='http://wellformedweb.org/CommentAPI/' xmlns:a='http://www.w3.org/2005/Atom' "
    "xmlns:x='urn:of-our-own' xmlns:dcterms='http://purl.org/dc/terms/'"
)
HEAD = (
    "<title>Notes</title>",
    "<link>https://northside.example/</link>",
    "<description>What we do &amp;amp; why</description>",
    "<language>pt-br</language>",
    "<lastBuildDate>Tue, 19 May 2026 10:00:00 GMT</lastBuildDate>",
    "<image><url>i.png</url><title>A picture</title><link>https://northside.example/</link></image>",
    "<textInput><title>Ask</title><name>q</name></textInput>",
    "<itunes:summary>Sum</itunes:summary>",
    "<itunes:owner><itunes:name>Ana</itunes:name><itunes:email>a@northside.example</itunes:email></itunes:owner>",
    "<managingEditor>ana@northside.example (Ana)</managingEditor>",
    "<author><name>The team</name><uri>/team</uri></author>",
    "<a:link rel='self' href='https://northside.example/feed'/>",
    "<category>news</category>",
    "<fb:info xmlns:fb='http://rssnamespace.org/feedburner/ext/1.0' uri='x'/>",
    "<cloud domain='a' port='80'/>",
    "<x:base>b</x:base>",
    "<updated>2026-05-19T10:00:00Z</updated>",
    "<content>in the head</content>",
    "<title type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>Marked <b>up</b></div></title>",
    "<subtitle xml:base='/sub/'>s</subtitle>",
)
WORDS = st.sampled_from(
    (
        "",
        " ",
        "plain words",
        "A &amp; B",
        "1 &lt; 2",
        "&lt;p&gt;one &lt;b&gt;two&lt;/b&gt;&lt;/p&gt;",
        "<![CDATA[<p>in <i>CDATA</i></p> &amp; more]]>",
        "<![CDATA[<item>no</item> </entry>]]>",
        "caf\u00e9 \u201cx\u201d",
        "caf\u00c3\u00a9",
        "it&#146;s &#x20ac; \x92",
        "&amp;eacute; &amp;#233;",
        "\u00a0 odd \u2003 spaces ",
        "multi\n line\t",
        "\U0001f600",
        "&lt;img src=x onerror=alert(1)&gt;",
        "a@b.example (Ana)",
        "mail me: ana@northside.example",
        "&lt;script&gt;x&lt;/script&gt;",
        "&amp;lt;b&amp;gt;",
        "<!-- aside -->said",
        "<?php x ?>left",
        "&quot;q&quot;",
    )
)
LINKS = st.sampled_from(
    (
        "",
        "https://northside.example/1",
        "https://northside.example/2?a=1&amp;b=2",
        "/3",
        "4.html",
        "tag:x,2026:5",
        "https://northside.example/6?",
        "HTTP://northside.example/1",
        "//other.example/7",
        "javascript:alert(1)",
        " https://northside.example/8 ",
        "urn:uuid:1",
        "https://[bad",
        "42",
        "/q?a=1&amp;amp;b=2&amp;c;",
    )
)
DATES = st.sampled_from(
    (
        "Tue, 19 May 2026 10:00:00 GMT",
        "2026-05-19T10:00:00+02:00",
        "2026-05-18",
        "19 May 2026",
        "yesterday",
        "",
        "Tue, 19 May 2026 25:61:00 GMT",
        "1969-12-31T23:59:60Z",
        "2099-01-01T00:00:00Z",
    )
)
MARKS = st.sampled_from(
    (
        "",
        "",
        "",
        "",
        " type='text'",
        " type='html'",
        " type='text/html'",
        " type='image/png'",
        " xml:lang='es_MX'",
        " lang=''",
    )
)
RARE_MARKS = st.sampled_from(
    (
        "",
        "",
        "",
        "",
        "",
        " xml:base='/deep/'",
        " xml:base='https://base.example/x'",
        " mode='base64'",
        " x:href='/y'",
        " type=''",
    )
)


@st.composite
def element(draw: st.DrawFn, names: tuple[str, ...], inside: SearchStrategy[str]) -> str:
    """Return an element without elements in it."""
    name = draw(st.sampled_from(names))
    marks = draw(MARKS) + draw(RARE_MARKS)
    if "xml:lang" in marks or marks.count("type") > 1:
        marks = marks[: marks.index("'", marks.index("'") + 1) + 1]
    text = draw(inside)
    return f"<{name}{marks}>{text}</{name}>" if text else f"<{name}{marks}/>"


@st.composite
def atom_link(draw: st.DrawFn) -> str:
    """Return a link by attribute."""
    rel = draw(
        st.sampled_from(("", " rel='alternate'", " rel='self'", " rel='replies' thr:count='2'", " rel=''"))
    )
    kind = draw(st.sampled_from(("", "", " type='text/html'", " type='application/json'")))
    where = draw(st.sampled_from(("href", "href", "href", "uri", "url")))
    return f"<{draw(st.sampled_from(('link', 'a:link')))}{rel}{kind} {where}='{draw(LINKS)}'/>"


@st.composite
def person(draw: st.DrawFn) -> str:
    """Return an author by elements."""
    parts = draw(
        st.lists(
            st.sampled_from(
                (
                    "<name>Ana</name>",
                    "<name>Bo &amp; Co</name>",
                    "<email>a@b.example</email>",
                    "<uri>/ana</uri>",
                    "<name/>",
                )
            ),
            max_size=3,
        )
    )
    name = draw(st.sampled_from(("author", "author", "contributor")))
    return f"<{name}>{draw(st.sampled_from(('', chr(10), 'and ')))}{''.join(parts)}</{name}>"


ODD = st.sampled_from(
    (
        "<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>Some <b>bold</b><br/>words</div></content>",
        "<description>inline <b>markup</b><div>deep</div> goes on</description>",
        "<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'><summary>s</summary></div></content>",
        "<media:group><media:title>inner</media:title><media:description>d</media:description></media:group>",
        "<y:creator xmlns:y='http://purl.org/dc/elements/1.1/'>Yves</y:creator>",
        "<dc:creator xmlns:dc='urn:not-dublin'>Nobody</dc:creator>",
        "<source url='https://other.example/'>Other</source>",
        "<source><id>urn:s</id><title>Inner</title></source>",
        "<enclosure url='a.mp3' type='audio/mpeg' length='1'/>",
        "<thr:in-reply-to ref='https://northside.example/1' href='x'/>",
        "<thr:in-reply-to ref='tag:x,2026:5'/>",
        "<slash:comments>3</slash:comments>",
        "<thr:total>4</thr:total>",
        "<comments>/3#comments</comments>",
        "<wfw:commentRss>https://northside.example/c</wfw:commentRss>",
        "<category term='t' label='T'/>",
        "<category label='L'>by text</category>",
        "<category domain='d'>by text</category>",
        "<category>news</category>",
        "<dc:subject>news</dc:subject>",
        "<itunes:keywords>a, b</itunes:keywords>",
        "<media:thumbnail url='t.png'/>",
        "<media:content url='c.png' medium='image'/>",
        "<links>x</links>",
        "<tags>a,b</tags>",
        "<title_detail>x</title_detail>",
        "<x:whatever a='1'>u</x:whatever>",
        "<guid isPermaLink='false'>42</guid>",
        "<guid isPermaLink='false'>a/43</guid><link>/43</link>",
        "<title>one</title><source url='u'/><title>two</title>",
        "<dc:creator>Una</dc:creator><author><name>Ana</name></author>",
        "<links>x</links><link>/44</link>",
        "<title>t</title><title_detail>x</title_detail>",
        "<content/><description>d</description><description>e</description>",
        "<guid isPermaLink='TRUE'>https://northside.example/9</guid>",
        "<image><url>u</url></image>",
        "<rights>ours</rights>",
        "<svg>x</svg>",
        "<svg xmlns='http://www.w3.org/2000/svg'/>",
        "<entry><id>inner</id></entry>",
        "<DC_creator>Una</DC_creator>",
        "<georss:point xmlns:georss='http://www.georss.org/georss'>1 2</georss:point>",
        "<expirationDate>2026-05-19</expirationDate>",
        "<media:rating>adult</media:rating>",
        "<dc:language>fr</dc:language>",
        "<x:y><x:z/></x:y>",
        "stray words",
    )
)
PARTS = st.one_of(
    element(("title", "title", "dc:title", "media:title", "TITLE"), WORDS),
    element(("description", "summary", "content:encoded", "content", "itunes:summary", "abstract"), WORDS),
    element(("description", "summary", "content:encoded", "content", "dc:description", "fullitem"), WORDS),
    element(("link", "a:link"), LINKS),
    element(("guid", "id", "a:id"), LINKS),
    element(("pubDate", "published", "updated", "dc:date", "dcterms:created", "issued", "date"), DATES),
    element(("author", "dc:creator", "itunes:author", "managingEditor"), WORDS),
    atom_link(),
    atom_link(),
    person(),
    ODD,
)


@st.composite
def items(draw: st.DrawFn) -> str:
    """Return an item as RSS or Atom would have it, or as neither should."""
    name = draw(st.sampled_from(("item", "item", "item", "entry", "entry", "a:entry", "ITEM", "x:item")))
    marks = draw(
        st.sampled_from(
            (
                "",
                "",
                "",
                "",
                "",
                "",
                " rdf:about='https://northside.example/1'",
                " xml:lang='de'",
                " xml:base='/b/'",
                " id='q'",
            )
        )
    )
    return f"<{name}{marks}>{''.join(draw(st.lists(PARTS, max_size=7)))}</{name}>"


ROOTS = st.sampled_from(
    (
        "<rss version='2.0' {s}><channel>{head}{items}</channel></rss>",
        "<rss version='2.0' {s}><channel>{head}{items}</channel></rss>",
        "<rss version='0.91' {s} xml:lang='it'><channel>{head}{items}</channel></rss>",
        "<rss {s} xml:base='https://root.example/a/'><channel>{items}{head}</channel></rss>",
        "<rdf:RDF xmlns='http://purl.org/rss/1.0/' {s}><channel>{head}<items><rdf:Seq/></items></channel>"
        "{items}</rdf:RDF>",
        "<rdf:RDF xmlns='http://my.netscape.com/rdf/simple/0.9/' {s}><channel>{head}</channel>{items}</rdf:RDF>",
        "<feed xmlns='http://www.w3.org/2005/Atom' {s}>{head}{items}</feed>",
        "<feed xmlns='http://www.w3.org/2005/Atom' {s} xml:lang='en_GB' xml:base='https://root.example'>{head}{items}</feed>",
        "<feed xmlns='http://purl.org/atom/ns#' version='0.3' {s}>{head}{items}</feed>",
        "<a:feed {s}>{head}{items}</a:feed>",
        "<feed {s} xml:base='relative/'>{head}{items}</feed>",
    )
)


@st.composite
def frames(draw: st.DrawFn) -> str:
    """Return a feed with a hole for its items."""
    root = draw(ROOTS)
    head = "".join(draw(st.lists(st.sampled_from(HEAD), max_size=4)))
    spaces = SPACES + " xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'"
    return root.replace("{s}", spaces).replace("{head}", head)


@st.composite
def readings(draw: st.DrawFn) -> tuple[bytes, bytes]:
    """Return a feed as it was at one time and at a later one: items come, go, change, move and are doubled."""
    frame = draw(frames())
    before = draw(st.lists(_known_items(), min_size=1, max_size=5))
    kept = [item for item in before if draw(st.integers(0, 4))]
    after = [*draw(st.lists(_known_items(), max_size=2)), *kept]
    if draw(st.integers(0, 3)) == 0:
        after = draw(st.permutations(after))
    if draw(st.integers(0, 5)) == 0:
        after = [*after, *after[:1]]
    if draw(st.integers(0, 5)) == 0:
        after = [*after, draw(st.sampled_from(QUOTED)).replace("{item}", before[0])]
    later = frame if draw(st.integers(0, 7)) else draw(frames())
    return _body(draw, frame, before), _body(draw, later, after)


@st.composite
def _known_items(draw: st.DrawFn) -> str:
    """Return an item that is mostly of the usual shape; few ids, so that they meet."""
    if draw(st.integers(0, 5)) == 0:
        return draw(items())
    number = draw(st.integers(1, 6))
    parts = [
        f"<guid>https://northside.example/{number}</guid>",
        draw(
            st.sampled_from((f"<link>https://northside.example/{number}</link>", "<link>/other</link>", ""))
        ),
        f"<title>{draw(WORDS)}</title>",
        draw(st.sampled_from((f"<pubDate>{draw(DATES)}</pubDate>", ""))),
        f"<description>{draw(WORDS)}</description>",
        draw(
            st.sampled_from(
                ("", "", "", f"<thr:in-reply-to ref='https://northside.example/{number % 6 + 1}'/>")
            )
        ),
    ]
    parts = parts[draw(st.sampled_from((0, 0, 0, 0, 1))) :]
    if draw(st.integers(0, 3)) == 0:
        parts.append(draw(PARTS))
    return f"<item>{''.join(parts)}</item>"


QUOTED = (
    "<!-- {item} -->",
    "<item><guid>q</guid><description><![CDATA[{item}]]></description></item>",
    "<x:more>{item}</x:more>",
)
BROKEN = (
    "",
    "",
    "",
    "",
    "",
    "<item><title>a & b</title></item>",
    "<item><title>&nbsp;</title></item>",
    "<p>",
    "<q:r/>",
    "<![CDATA[",
)


def _body(draw: st.DrawFn, frame: str, several: list[str]) -> bytes:
    text = frame.replace("{items}", draw(st.sampled_from(("\n", "", " \n", "<!-- <item> -->"))).join(several))
    at = text.find("</item>") + len("</item>")
    text = text[:at] + draw(st.sampled_from(BROKEN)) + text[at:] if at >= len("</item>") else text
    encoding = draw(st.sampled_from(("utf-8", "utf-8", "utf-8", "utf-16", "windows-1252")))
    return f"<?xml version='1.0' encoding='{encoding}'?>\n{text}".encode(encoding, "xmlcharrefreplace")
