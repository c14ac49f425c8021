using System.Buffers.Binary;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Akka.Actor;
using Google.Protobuf;
using PipelineRobustness.Pipeline.Lanes;
using PipelineRobustness.Pipeline.Security;

namespace PipelineRobustness.Hosting;

/// <summary>
/// Asks what a seed knows itself as. Akka.Remote drops whatever is addressed to another name of a node, and says so to neither side:
/// a name and its number never meet. Only its handshake states a node's own address (Akka's <c>WireFormats.proto</c>), so this is one.
/// </summary>
/// <param name="self">This node's address.</param>
/// <param name="credentials">This node's certificate; null without TLS.</param>
/// <param name="clock">The clock.</param>
internal sealed class SeedQuestion(Address self, NodeCredentials? credentials, TimeProvider clock)
{
    private const int LengthBytes = 4;
    private const int AnswerMost = 4096;

    // AkkaProtocolMessage.instruction, AkkaControlMessage.handshakeInfo, AkkaHandshakeInfo.origin.
    private const int Instruction = 2, CommandType = 1, Associate = 1, Disassociate = 2, HandshakeInfo = 2, Origin = 1, Uid = 2;

    // AddressData.
    private const int System = 1, Host = 2, Port = 3, Protocol = 4;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    // A busy seed may end a connection in the middle of its handshake.
    private const int Attempts = 3;

    // An address in a handshake lacks the prefix of an actor's.
    private string Transport => self.Protocol["akka.".Length..];

    /// <summary>A seed, with what it is known as to itself where that differs, for the line that says that this node could not join.</summary>
    public async Task<string> DescribeAsync(DnsEndPoint seed)
    {
        var asked = HostText.WithPort(seed);
        try
        {
            using var patience = new CancellationTokenSource(Patience, clock);
            var known = await AskRepeatedlyAsync(seed, patience.Token).ConfigureAwait(false);
            return HostText.AreSame(known.Host, seed.Host) && known.Port == seed.Port ? asked
                : $"{asked}, which knows itself as {HostText.WithPort(known)} and answers to that alone";
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
        {
            return $"{asked}, where nothing listens";
        }
        catch (Exception)
        {
            // Silence, another program, a refused certificate: there is nothing to add.
            return asked;
        }
    }

    private async Task<DnsEndPoint> AskRepeatedlyAsync(DnsEndPoint seed, CancellationToken patience)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await AskAsync(seed, patience).ConfigureAwait(false);
            }
            catch (Exception e) when (attempt < Attempts && e is IOException or InvalidDataException)
            {
                // The next attempt has a connection of its own.
            }
        }
    }

    private async Task<DnsEndPoint> AskAsync(DnsEndPoint seed, CancellationToken patience)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(seed.Host, seed.Port, patience).ConfigureAwait(false);
        Stream stream = new NetworkStream(socket);
        if (credentials is not null)
        {
            var secure = new SslStream(stream, leaveInnerStreamOpen: false);
            stream = secure;
            await secure.AuthenticateAsClientAsync(credentials.ForQuestion(seed.Host), patience).ConfigureAwait(false);
        }

        await using (stream)
        {
            await stream.WriteAsync(Framed(Question()), patience).ConfigureAwait(false);
            var length = new byte[LengthBytes];
            await stream.ReadExactlyAsync(length, patience).ConfigureAwait(false);
            var answer = new byte[Math.Clamp(BinaryPrimitives.ReadInt32LittleEndian(length), 0, AnswerMost)];
            await stream.ReadExactlyAsync(answer, patience).ConfigureAwait(false);
            await stream.WriteAsync(Framed(Farewell()), patience).ConfigureAwait(false);
            return Answer(ByteString.CopyFrom(answer));
        }
    }

    // As a system of another name: the seed must not take this connection for the node's own.
    private byte[] Question()
    {
        var origin = Message(m => m
            .String(System, $"{self.System}-question").String(Host, self.Host).Number(Port, (uint)self.Port!).String(Protocol, Transport));
        var handshake = Message(m => m.Bytes(Origin, origin).Fixed(Uid, 1));
        var instruction = Message(m => m.Number(CommandType, Associate).Bytes(HandshakeInfo, handshake));
        return Message(m => m.Bytes(Instruction, instruction));
    }

    private static byte[] Farewell() => Message(m => m.Bytes(Instruction, Message(i => i.Number(CommandType, Disassociate))));

    private static DnsEndPoint Answer(ByteString answer)
    {
        var origin = Within(Within(Within(answer, Instruction), HandshakeInfo), Origin);
        var input = origin.CreateCodedInput();
        var (host, port) = ("", 0);
        while (input.ReadTag() is not 0 and var tag)
        {
            switch (WireFormat.GetTagFieldNumber(tag))
            {
                case Host: host = input.ReadString(); break;
                case Port: port = (int)input.ReadUInt32(); break;
                default: input.SkipLastField(); break;
            }
        }

        return new DnsEndPoint(HostText.Plain(host), port);
    }

    private static ByteString Within(ByteString message, int field)
    {
        var input = message.CreateCodedInput();
        while (input.ReadTag() is not 0 and var tag)
        {
            if (tag == WireFormat.MakeTag(field, WireFormat.WireType.LengthDelimited)) return input.ReadBytes();
            input.SkipLastField();
        }

        throw new InvalidDataException("no handshake");
    }

    private static byte[] Framed(byte[] message)
    {
        var frame = new byte[LengthBytes + message.Length];
        BinaryPrimitives.WriteInt32LittleEndian(frame, message.Length);
        message.CopyTo(frame, LengthBytes);
        return frame;
    }

    private static byte[] Message(Action<Fields> write)
    {
        using var bytes = new MemoryStream();
        using (var output = new CodedOutputStream(bytes, leaveOpen: true)) write(new Fields(output));
        return bytes.ToArray();
    }

    private readonly record struct Fields(CodedOutputStream Output)
    {
        public Fields String(int field, string text)
        {
            Output.WriteTag(field, WireFormat.WireType.LengthDelimited);
            Output.WriteString(text);
            return this;
        }

        public Fields Bytes(int field, byte[] message)
        {
            Output.WriteTag(field, WireFormat.WireType.LengthDelimited);
            Output.WriteBytes(ByteString.CopyFrom(message));
            return this;
        }

        public Fields Number(int field, uint number)
        {
            Output.WriteTag(field, WireFormat.WireType.Varint);
            Output.WriteUInt32(number);
            return this;
        }

        public Fields Fixed(int field, ulong number)
        {
            Output.WriteTag(field, WireFormat.WireType.Fixed64);
            Output.WriteFixed64(number);
            return this;
        }
    }
}
