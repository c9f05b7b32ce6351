using Estafeta.Tests.Daemons.Smtpd;

namespace Estafeta.Conformance.Smtpd.Differential;

/// <summary>Plays a session to a server and writes down what it answered.</summary>
internal static class Conversation
{
    public static async Task<List<string>> PlayAsync(SmtpdClient client, IReadOnlyList<Step> steps)
    {
        var heard = new List<string> { Transcript.HideQueueIds(await client.ReadReplyAsync()) };
        foreach (var step in steps)
        {
            if (!await SendAsync(client, step.Text))
            {
                heard.Add("<closed>");
                break;
            }

            var reply = "";
            for (var i = 0; i < step.Replies && (reply = await client.ReadReplyAsync()).Length > 0; i++)
            {
                heard.Add(Transcript.HideQueueIds(reply));
            }

            // Content that nobody planned is over at once.
            if (reply.StartsWith("354", StringComparison.Ordinal) && await SendAsync(client, step.Content ?? ".\r\n"))
            {
                heard.Add(Transcript.HideQueueIds(reply = await client.ReadReplyAsync()));
            }

            if (reply.Length == 0)
            {
                heard.Add("<closed>");
                break;
            }
        }

        return heard;
    }

    private static async Task<bool> SendAsync(SmtpdClient client, string text)
    {
        try
        {
            await client.SendAsync(text);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
