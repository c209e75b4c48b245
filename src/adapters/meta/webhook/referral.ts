import type { Json } from '../../../application/ports/json.ts'
import type { Referral } from '../../../domain/conversation/content.ts'
import { asId, asObject, asText } from './readers.ts'

/**
 * Where a customer came from: an ad, an ig.me link or a shop page. Everything in it is untrusted.
 *
 * @see https://developers.facebook.com/docs/messenger-platform/instagram/features/ig-me-links (Jun 24, 2026)
 */
export const readReferral = (value: Json | undefined): Referral | undefined => {
  const referral = asObject(value)
  if (referral === undefined) return undefined
  const ad = asObject(referral['ads_context_data'])
  const source = asText(referral['source'])
  const type = asText(referral['type'])
  const ref = asText(referral['ref'])
  const adId = asId(referral['ad_id'], 'referral.ad_id')
  const adTitle = asText(ad?.['ad_title'])
  const productId =
    asId(asObject(referral['product'])?.['id'], 'product.id') ?? asId(ad?.['product_id'], 'ads_context_data.product_id')
  const mediaUrl = asText(ad?.['photo_url']) ?? asText(ad?.['video_url'])
  return {
    ...(source !== undefined && { source }),
    ...(type !== undefined && { type }),
    ...(ref !== undefined && { ref }),
    ...(adId !== undefined && { adId }),
    ...(adTitle !== undefined && { adTitle }),
    ...(productId !== undefined && { productId }),
    ...(mediaUrl !== undefined && { mediaUrl }),
  }
}
