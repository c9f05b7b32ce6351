using Estafeta.Unix.Identity;

namespace Estafeta.Commands.Sendmail;

/// <summary>A user's name from the password file: what stands before the first comma, <c>&amp;</c> being the capitalized login name.</summary>
internal static class PasswordFullName
{
    public static string Of(UserAccount user)
    {
        var name = user.FullName.Split(',', ';', '%')[0];
        if (!name.Contains('&', StringComparison.Ordinal) || user.Name.Length == 0)
        {
            return name;
        }

        return name.Replace("&", char.ToUpperInvariant(user.Name[0]) + user.Name[1..], StringComparison.Ordinal);
    }
}
