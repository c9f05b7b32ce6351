using Estafeta.Configuration.Lists;
using Estafeta.Daemons.Smtpd.Verbs;

namespace Estafeta.Daemons.Smtpd.Notices;

/// <summary>What went wrong in a session, by the classes of notify_classes.</summary>
[Flags]
internal enum SessionErrors
{
    None = 0,

    /// <summary>Mail for somebody who does not exist, or content that is refused at its end.</summary>
    Bounce = 1,

    /// <summary>The client may not do that.</summary>
    Policy = 2,

    /// <summary>The client does not speak SMTP well.</summary>
    Protocol = 4,

    /// <summary>Something of ours is short, or cannot be reached.</summary>
    Resource = 8,

    /// <summary>Our fault.</summary>
    Software = 16,

    /// <summary>A table could not be asked.</summary>
    Data = 32,
}

internal static class SessionErrorClasses
{
    /// <summary>notify_classes; delay and 2bounce are not about sessions.</summary>
    public static SessionErrors Parse(string list)
    {
        var classes = SessionErrors.None;
        foreach (var word in WordList.Split(list))
        {
            classes |= word.ToLowerInvariant() switch
            {
                "bounce" => SessionErrors.Bounce,
                "data" => SessionErrors.Data,
                "policy" => SessionErrors.Policy,
                "protocol" => SessionErrors.Protocol,
                "resource" => SessionErrors.Resource,
                "software" => SessionErrors.Software,
                _ => SessionErrors.None,
            };
        }

        return classes;
    }

    /// <summary>The class of a refusal that access control did not make.</summary>
    public static SessionErrors Of(string reply) =>
        reply == CleanupOpening.WriteError || reply.StartsWith("452 4.3.1 ", StringComparison.Ordinal) ? SessionErrors.Resource : SessionErrors.Policy;
}
