using Estafeta.Commands.Postqueue;
using Estafeta.Queue.Administration;

namespace Estafeta.Tests.Commands.Postqueue;

/// <summary>Listings as Postfix printed them.</summary>
public sealed class QueueTextTests
{
    private const string Refused = "connect to 127.0.0.1[127.0.0.1]:1: Connection refused";

    private static readonly DateTimeOffset Arrival = new(new DateTime(2026, 11, 25, 14, 7, 37, DateTimeKind.Local));

    [Fact]
    public void Empty() => Assert.Equal("Mail queue is empty\n", Text(false));

    [Fact]
    public void ShortIds() => Assert.Equal(
        """
        -Queue ID-  --Size-- ----Arrival Time---- -Sender/Recipient-------
        97EC9B1E16B     264 Wed Nov 25 14:07:37  MAILER-DAEMON
                                                                      (try again soon)
                                                 y@def.test

        90FBBB1E127     273 Wed Nov 25 14:07:37  sender@box.test
                                                                      (try again soon)
                                                 a@def.test
                               (connect to 127.0.0.1[127.0.0.1]:1: Connection refused)
                                                 c@down.test
                                                                      (try again soon)
                                                 b@def.test

        9AE01B1E167!     274 Wed Nov 25 14:07:37  odd@example.test
                                                                      (try again soon)
                                                 x@def.test

        -- 0 Kbytes in 3 Requests.

        """,
        Text(
            false,
            Message("97EC9B1E16B", 264, "", "deferred", ("y@def.test", "try again soon")),
            Message("90FBBB1E127", 273, "sender@box.test", "deferred", ("a@def.test", "try again soon"), ("c@down.test", Refused), ("b@def.test", "try again soon")),
            Message("9AE01B1E167", 274, "odd@example.test", "hold", ("x@def.test", "try again soon"))));

    [Fact]
    public void LongIds_LongReason() => Assert.Equal(
        """
        ----Queue ID----- --Size-- ---Arrival Time---- --Sender/Recipient------
        4jZM2c4xHXz1hs35       268 Wed Nov 25 14:07:37 sender@box.test
        (delivery temporarily suspended: connect to 127.0.0.1[127.0.0.1]:1: Connection refused)
                                                       b@down.test

        4jZM2j5WqPz1hs8V*  1000000 Wed Nov 25 14:07:37 sender@box.test
                                                       b@nt.test

        -- 976 Kbytes in 2 Requests.

        """,
        Text(
            true,
            Message("4jZM2c4xHXz1hs35", 268, "sender@box.test", "deferred", ("b@down.test", "delivery temporarily suspended: " + Refused)),
            Message("4jZM2j5WqPz1hs8V", 1_000_000, "sender@box.test", "active", ("b@nt.test", null))));

    [Fact]
    public void SameReason_IsShownOnce() => Assert.Equal(
        """
        -Queue ID-  --Size-- ----Arrival Time---- -Sender/Recipient-------
        92016B1E738     266 Wed Nov 25 14:07:37  s@send0.test
                                                                               (later)
                                                 u9@a.sub.big.test
                                                 v@host9.many.test

        -- 0 Kbytes in 1 Request.

        """,
        Text(false, Message("92016B1E738", 266, "s@send0.test", "deferred", ("u9@a.sub.big.test", "later"), ("v@host9.many.test", "later"))));

    [Fact]
    public void ForceExpired_HasItsMark() => Assert.Contains(
        "97EC9B1E16B#     264 Wed",
        Text(false, Message("97EC9B1E16B", 264, "", "deferred") with { IsForceExpired = true }),
        StringComparison.Ordinal);

    [Fact]
    public void ControlCharacters_AreNotShown() => Assert.Contains(
        "(x?[2Jy)",
        Text(false, Message("97EC9B1E16B", 264, "", "deferred", ("a@b", "x\u001b[2Jy"))),
        StringComparison.Ordinal);

    [Fact]
    public void Json_KeysInPostfixOrder()
    {
        using var output = new StringWriter { NewLine = "\n" };
        new QueueJson(output).Write(Message("90FBBB1E127", 273, "", "deferred", ("a\"@def.test", "try\tagain"), ("b@x", null)) with { IsForceExpired = true });
        Assert.Equal(
            $"{{\"queue_name\": \"deferred\", \"queue_id\": \"90FBBB1E127\", \"arrival_time\": {Arrival.ToUnixTimeSeconds()}, \"message_size\": 273, \"forced_expire\": true, "
            + "\"sender\": \"MAILER-DAEMON\", \"recipients\": [{\"orig_address\": \"\", \"address\": \"a\\\"@def.test\", \"delay_reason\": \"try\\tagain\"}, "
            + "{\"orig_address\": \"\", \"address\": \"b@x\"}]}\n",
            output.ToString());
    }

    private static string Text(bool hasLongIds, params ListedMessage[] messages)
    {
        using var output = new StringWriter { NewLine = "\n" };
        var text = new QueueText(output, hasLongIds);
        foreach (var message in messages)
        {
            text.Write(message);
        }

        text.End();
        return output.ToString();
    }

    private static ListedMessage Message(string id, long octets, string sender, string queue, params (string Address, string? Reason)[] recipients) => new()
    {
        Queue = queue,
        Id = id,
        ArrivalTime = Arrival,
        Octets = octets,
        Sender = sender,
        Recipients = [.. recipients.Select(r => new ListedRecipient(r.Address, "", r.Reason, false))],
    };
}
