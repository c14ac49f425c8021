using System.Buffers.Binary;
using System.Text;

namespace PipelineRobustness.Tests.Ground;

/// <summary>An import of a made-up library: a function, and the version wanted of it (0: none).</summary>
internal sealed record ElfImport(string Function, ushort Version);

/// <summary>
/// Builds the least that the dynamic loader would call a library: header, .dynsym, .dynstr, .gnu.version, .gnu.version_r,
/// section table. It has a thousandth of the real one's size, so that a corruption hits something that matters.
/// </summary>
internal static class TinyElfLibrary
{
    public static readonly ElfImport Initialiser = new("_ZSt21ios_base_library_initv", 3);
    public static readonly ElfImport Clock = new("_ZNSt6chrono3_V212steady_clock3nowEv", 2);

    /// <summary>The versions that every such library wants of libstdc++.so.6, by their index.</summary>
    private static readonly (ushort Index, string Name)[] Versions = [(2, "GLIBCXX_3.4.19"), (3, "GLIBCXX_3.4.32")];

    public static byte[] With(params ElfImport[] imports)
    {
        var strings = new MemoryStream();
        strings.WriteByte(0);
        byte[] symbols = [.. new byte[24], .. imports.SelectMany(import => Symbol(Add(strings, import.Function)))];
        byte[] versions = [0, 0, .. imports.SelectMany(import => Little(import.Version))];
        byte[] needed =
        [
            .. Little((ushort)1), .. Little((ushort)Versions.Length), .. Little(Add(strings, "libstdc++.so.6")),
            .. Little(16u), .. Little(0u),
            .. Versions.SelectMany((version, place) => Need(version.Index, Add(strings, version.Name), place == Versions.Length - 1)),
        ];
        (uint Type, byte[] Bytes, uint Link)[] sections =
            [(0, [], 0), (11, symbols, 2), (3, strings.ToArray(), 0), (0x6fffffff, versions, 1), (0x6ffffffe, needed, 2)];

        var body = sections.SelectMany(section => section.Bytes).ToArray();
        var offset = 64u;
        var table = new MemoryStream();
        foreach (var (type, bytes, link) in sections)
        {
            table.Write([.. Little(0u), .. Little(type), .. new byte[16], .. Wide(offset), .. Wide((uint)bytes.Length), .. Little(link), .. new byte[20]]);
            offset += (uint)bytes.Length;
        }
        return [.. Header(64u + (uint)body.Length, (ushort)sections.Length), .. body, .. table.ToArray()];
    }

    private static byte[] Header(uint tableAt, ushort sections) =>
    [
        0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1, .. new byte[9], .. new byte[24], .. Wide(tableAt),
        .. new byte[10], .. Little((ushort)64), .. Little(sections), .. Little((ushort)2),
    ];

    private static byte[] Symbol(uint name) => [.. Little(name), 0x12, 0, 0, 0, .. new byte[16]];

    private static byte[] Need(ushort index, uint name, bool last) =>
        [.. new byte[4], .. Little((ushort)0), .. Little(index), .. Little(name), .. Little(last ? 0u : 16u)];

    private static uint Add(MemoryStream strings, string text)
    {
        var at = (uint)strings.Length;
        strings.Write([.. Encoding.ASCII.GetBytes(text), 0]);
        return at;
    }

    private static byte[] Little(ushort value)
    {
        var bytes = new byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, value);
        return bytes;
    }

    private static byte[] Little(uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return bytes;
    }

    private static byte[] Wide(uint value) => [.. Little(value), 0, 0, 0, 0];
}
